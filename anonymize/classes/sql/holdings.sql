-- holdings: what each contributor holds in the groups that are looked at.
-- Grain: one row per group and contributor. Peeled contributors are deleted from it.
create or replace temp table holdings as
select
    spot_groups.group_no,
    waiting.contributor,
    waiting.is_counting,
    cast(count(*) as bigint) as n_events,
    cast(sum(waiting.value_cents) as bigint) as value_cents,
    cast(null as bigint) as other_amount
from waiting
inner join spot_groups on spot_groups.spot = waiting.spot
group by spot_groups.group_no, waiting.contributor, waiting.is_counting
