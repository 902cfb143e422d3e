-- verdicts: whether the amounts held in each group pass the buyers' rules (rules.py tells what each means).
-- Grain: one row per group and measure, appended for `$measure`.
insert into verdicts
with ranked as (
    select
        group_no,
        is_counting,
        amount,
        row_number() over (partition by group_no, is_counting order by amount desc) as place
    from held
),

sums as (
    select
        group_no,
        count(*) filter (where is_counting) as n_counting,
        sum(amount) as total,
        coalesce(sum(amount) filter (where is_counting), 0) as counting_total,
        max(amount) as largest,
        coalesce(max(amount) filter (where is_counting), 0) as largest_counting,
        coalesce(max(amount) filter (where not is_counting), 0) as largest_other,
        coalesce(sum(amount) filter (where is_counting and place < $coalition), 0) as coalition_less_one,
        coalesce(sum(amount) filter (where is_counting and place <= $coalition), 0) as coalition,
        coalesce(sum(amount) filter (where is_counting and place = $coalition + 1), 0) as next_largest
    from ranked
    group by group_no
)

select
    group_no,
    $measure as measure,
    n_counting,
    total,
    counting_total,
    largest,
    largest_counting,
    largest_other,
    coalition_less_one,
    coalition,
    n_counting >= $k as passes_threshold,
    (counting_total - coalition - next_largest) * $p_den >= largest_counting * $p_num
    and (counting_total - coalition) * $p_den >= largest_other * $p_num as passes_p_percent,
    total > 0 and largest * $share_den <= total * $share_num as passes_share
from sums
