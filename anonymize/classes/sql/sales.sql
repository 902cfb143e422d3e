-- sales: what each supplier sold in the groups that are looked at, less what peeled contributors bought.
-- Grain: one row per group and supplier named in it.
create or replace temp table sales as
with passing_spots as (
    select spot_groups.spot, spot_groups.group_no
    from spot_groups
    inner join passing on passing.group_no = spot_groups.group_no
)

select
    passing_spots.group_no,
    waiting.supplier,
    cast(count(*) as bigint) as n_events,
    cast(sum(waiting.value_cents) as bigint) as value_cents,
    cast(null as bigint) as other_amount
from waiting
inner join passing_spots on passing_spots.spot = waiting.spot
left join peeled on peeled.group_no = passing_spots.group_no and peeled.contributor = waiting.contributor
where waiting.supplier is not null and peeled.group_no is null
group by passing_spots.group_no, waiting.supplier
