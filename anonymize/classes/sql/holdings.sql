-- holdings: what each contributor holds in the groups that are looked at.
-- Grain: one row per group and contributor. Peeled contributors are deleted from it.
create or replace temp table holdings as
select
    groups.group_no,
    groups.kind,
    standing.contributor,
    standing.is_counting,
    standing.n_events,
    standing.value_cents
from standing
inner join groups
    on groups.kind = standing.kind
    and groups.product = standing.product
    and groups.place = standing.place
    and groups.period_start = standing.period_start
