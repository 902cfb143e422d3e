-- safe: the groups of a rung in which every required measure passes every rule.
-- Grain: one row per group, numbered after the classes found so far in the order of the public keys.
create or replace temp table safe as
with failing as (
    select group_no from verdicts where not (passes_threshold and passes_p_percent and passes_share)
    union
    select group_no from supplier_verdicts where not (passes_suppliers and passes_joint)
)

select
    groups.group_no,
    $found + row_number() over (order by groups.kind, groups.product, groups.place, groups.period_start) as class_no,
    groups.kind,
    groups.product,
    groups.place,
    groups.period_start
from groups
where groups.group_no not in (select group_no from failing)
