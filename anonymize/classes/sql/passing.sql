-- passing: the groups in which every measure that was asked for and is known passes the rules.
-- Grain: one row per group.
create or replace temp table passing as
select group_no
from verdicts
group by group_no
having min(case
    when passes_threshold and passes_p_percent and passes_share and passes_suppliers and passes_joint then 1 else 0
end) = 1
