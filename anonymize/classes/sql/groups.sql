-- groups: the groups of a rung that have enough counting contributors to be looked at.
-- Grain: one row per group.
create or replace temp table groups as
select
    row_number() over (order by kind, product, place, period_start) as group_no,
    kind,
    product,
    place,
    period_start
from standing
group by kind, product, place, period_start
having count(*) filter (where is_counting) >= $k
