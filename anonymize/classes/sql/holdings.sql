-- holdings: what each contributor holds in the groups that are looked at.
-- Who is seasoned is told for each measure: by events whose amount is known.
-- Grain: one row per group and contributor. Peeled contributors are deleted from it.
create or replace temp table holdings as
select
    spot_groups.group_no,
    waiting.contributor,
    waiting.is_counting,
    bool_or(waiting.is_seasoned) as is_seasoned,
    bool_or(waiting.is_seasoned and waiting.value_cents is not null) as is_value_seasoned,
    cast(count(*) as bigint) as n_events,
    cast(sum(waiting.value_cents) as bigint) as value_cents,
    cast(null as bigint) as other_amount
from waiting
inner join spot_groups on spot_groups.spot = waiting.spot
group by spot_groups.group_no, waiting.contributor, waiting.is_counting
