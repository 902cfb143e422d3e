-- verdicts: whether what is held in each group passes the rules (rules.py tells what each means). Where a group has no
-- `tops`, the coalition is taken as large as it could be, and tops.sql has made sure that this passes.
-- `passes_threshold` holds the seasoned rule too: both count heads, and no peeling mends either.
-- Quotes alone may be none in all. Grain: one row per group and measure, appended for those that have none yet.
insert into verdicts
with bounded as (
    select
        sums.*,
        coalesce(tops.coalition_less_one, ($coalition - 1) * sums.largest_counting) as coalition_less_one,
        coalesce(tops.coalition, $coalition * sums.largest_counting) as coalition,
        coalesce(tops.next_largest, sums.largest_counting) as next_largest
    from sums
    left join tops on tops.group_no = sums.group_no and tops.measure = sums.measure
    left join verdicts as known on known.group_no = sums.group_no and known.measure = sums.measure
    where known.group_no is null
)

select
    bounded.group_no,
    bounded.measure,
    bounded.n_counting,
    bounded.total,
    bounded.largest,
    bounded.n_counting >= $k and bounded.n_seasoned >= $k_seasoned as passes_threshold,
    (bounded.counting_total - bounded.coalition - bounded.next_largest) * $p_den
    >= bounded.largest_counting * $p_num
    and (bounded.counting_total - bounded.coalition) * $p_den >= bounded.largest_other * $p_num as passes_p_percent,
    (bounded.total > 0 or bounded.measure = 'quotes_received')
    and bounded.largest * $share_den <= bounded.total * $share_num as passes_share,
    coalesce(
        supplier_sums.n_suppliers >= $supplier_k
        and (supplier_sums.total - supplier_sums.coalition_and_next) * $supplier_p_den
        >= supplier_sums.largest * $supplier_p_num
        and (supplier_sums.total > 0 or bounded.measure = 'quotes_received')
        and supplier_sums.largest * $supplier_share_den <= supplier_sums.total * $supplier_share_num,
        true
    ) as passes_suppliers,
    coalesce(
        (bounded.counting_total - bounded.coalition - supplier_sums.largest) * $p_den
        >= bounded.largest_counting * $p_num
        and (bounded.counting_total - bounded.coalition_less_one - supplier_sums.largest) * $p_den
        >= bounded.largest_other * $p_num,
        true
    ) as passes_joint
from bounded
left join supplier_sums
    on supplier_sums.group_no = bounded.group_no and supplier_sums.measure = bounded.measure
