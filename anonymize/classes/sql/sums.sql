-- sums: what the buyers' rules look at, without sorting anybody, for the groups of `asked` that have none yet.
-- Grain: one row per group and measure with a known amount, appended for `$measure`.
insert into sums
with open_groups as (
    select asked.group_no
    from asked
    left join sums as known on known.group_no = asked.group_no and known.measure = $measure
    where asked.measure = $measure and known.group_no is null
),

held as (
    select
        holdings.group_no,
        holdings.is_counting,
        case $measure when 'value_usd' then holdings.is_value_seasoned else holdings.is_seasoned end as is_seasoned,
        case $measure
            when 'n_events' then holdings.n_events
            when 'value_usd' then holdings.value_cents
            else holdings.other_amount
        end as amount
    from holdings
    inner join open_groups on open_groups.group_no = holdings.group_no
)

select
    group_no,
    $measure as measure,
    sum(case when is_counting then 1 else 0 end) as n_counting,
    sum(case when is_counting and is_seasoned then 1 else 0 end) as n_seasoned,
    sum(amount) as total,
    sum(case when is_counting then amount else 0 end) as counting_total,
    max(amount) as largest,
    max(case when is_counting then amount else 0 end) as largest_counting,
    max(case when is_counting then 0 else amount end) as largest_other
from held
where amount is not null
group by group_no
