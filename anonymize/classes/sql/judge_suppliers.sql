-- supplier_verdicts: whether the amounts sold in each group pass the suppliers' rules, and whether what remains for
-- any buyer without any one supplier still passes p%.
-- Grain: one row per group and measure whose events name a supplier, appended for `$measure`.
insert into supplier_verdicts
with ranked as (
    select group_no, amount, row_number() over (partition by group_no order by amount desc) as place from sold
),

sums as (
    select
        group_no,
        count(*) as n_suppliers,
        sum(amount) as total,
        max(amount) as largest,
        coalesce(sum(amount) filter (where place <= $supplier_coalition + 1), 0) as coalition_and_next
    from ranked
    group by group_no
)

select
    sums.group_no,
    $measure as measure,
    sums.n_suppliers >= $supplier_k
    and (sums.total - sums.coalition_and_next) * $supplier_p_den >= sums.largest * $supplier_p_num
    and sums.total > 0
    and sums.largest * $supplier_share_den <= sums.total * $supplier_share_num as passes_suppliers,
    (verdicts.counting_total - verdicts.coalition - sums.largest) * $p_den >= verdicts.largest_counting * $p_num
    and (verdicts.counting_total - verdicts.coalition_less_one - sums.largest) * $p_den
    >= verdicts.largest_other * $p_num as passes_joint
from sums
inner join verdicts on verdicts.group_no = sums.group_no and verdicts.measure = $measure
