-- tops: the largest counting contributors of the groups whose verdict needs them: those that have enough contributors
-- and would fail if all members of a coalition were as large as the largest. Nobody else is sorted.
-- Grain: one row per group and measure, appended for `$measure`.
insert into tops
with doubtful as (
    select sums.group_no
    from sums
    left join tops as known on known.group_no = sums.group_no and known.measure = $measure
    left join supplier_sums on supplier_sums.group_no = sums.group_no and supplier_sums.measure = $measure
    where
        sums.measure = $measure
        and sums.n_counting >= $k
        and known.group_no is null
        and (
            (
                sums.counting_total - $coalition * sums.largest_counting
                - greatest(sums.largest_counting, coalesce(supplier_sums.largest, 0))
            ) * $p_den < sums.largest_counting * $p_num
            or (
                sums.counting_total - $coalition * sums.largest_counting - coalesce(supplier_sums.largest, 0)
            ) * $p_den < sums.largest_other * $p_num
        )
),

ranked as (
    select
        held.group_no,
        held.amount,
        row_number() over (partition by held.group_no order by held.amount desc) as place
    from (
        select
            holdings.group_no,
            case $measure
                when 'n_events' then holdings.n_events
                when 'value_usd' then holdings.value_cents
                else holdings.other_amount
            end as amount
        from holdings
        inner join doubtful on doubtful.group_no = holdings.group_no
        where holdings.is_counting
    ) as held
    where held.amount is not null
)

select
    group_no,
    $measure as measure,
    sum(case when place < $coalition then amount else 0 end) as coalition_less_one,
    sum(case when place <= $coalition then amount else 0 end) as coalition,
    sum(case when place = $coalition + 1 then amount else 0 end) as next_largest
from ranked
group by group_no
