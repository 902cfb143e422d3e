-- terms: what buyers ask for, of a public vocabulary, by sector, sub-region and month.
-- Grain: one row per sector, sub-region, month and term whose noisy count stands far enough above zero.
-- Reads: term_counts (hundredths of a contributor, with noise), vocabulary; parameters: release_id; floor_pct and
-- margin_pct, hundredths of a deviation of noise; surely, deviations beyond which a change is called; months_before. All
-- in whole numbers, so that no machine rounds otherwise.
with told as (
    select
        term_counts.*,
        ($margin_pct * scale + 99) // 100 as margin,
        100 * amount >= $floor_pct * scale as is_shown
    from term_counts
),

-- the mean of earlier months, as sums over however many there are
before as (
    select
        told.month,
        told.term,
        told.product_code,
        told.place_code,
        cast(count(*) as hugeint) as n_months,
        sum(earlier.amount) as amount,
        sum(cast(earlier.scale as hugeint) * earlier.scale + 100 * greatest(earlier.amount, 0)) as variance
    from told
    inner join told as earlier
        on
            earlier.term = told.term
            and earlier.product_code = told.product_code
            and earlier.place_code = told.place_code
            and earlier.month < told.month
            and earlier.month >= told.month - to_months(cast($months_before as integer))
    where told.is_shown
    group by all
),

-- how far this month is from that mean, and how far noise and chance (as of independent buyers) may bring it
judged as (
    select
        told.*,
        before.n_months,
        before.n_months * told.amount - before.amount as excess,
        cast($surely * $surely as hugeint) * (
            before.n_months * before.n_months
            * (cast(told.scale as hugeint) * told.scale + 100 * greatest(told.amount, 0))
            + before.variance
        ) as excess_by_chance,
        cast(rank() over (
            partition by told.month, told.product_code, told.place_code order by told.amount desc
        ) as bigint) as term_rank
    from told
    left join before
        on
            before.month = told.month
            and before.term = told.term
            and before.product_code = told.product_code
            and before.place_code = told.place_code
    where told.is_shown
),

-- bounds in whole contributors: outward to two digits
bounds as (
    select
        judged.*,
        greatest(amount - margin, 0) // 100 as low,
        (amount + margin + 99) // 100 as high
    from judged
),

steps as (
    select
        bounds.*,
        cast(power(10, greatest(length(cast(low as text)) - 2, 0)) as bigint) as low_step,
        cast(power(10, greatest(length(cast(high as text)) - 2, 0)) as bigint) as high_step
    from bounds
)

select
    $release_id as release_id,
    'sector' as product_level,
    steps.product_code,
    'subregion' as place_level,
    steps.place_code,
    'month' as period_level,
    steps.month as period_start,
    last_day(steps.month) as period_end,
    steps.term,
    vocabulary.term_kind,
    vocabulary.term_en,
    vocabulary.term_hi,
    steps.low // steps.low_step * steps.low_step as contributors_low,
    (steps.high + steps.high_step - 1) // steps.high_step * steps.high_step as contributors_high,
    steps.term_rank,
    case
        when steps.n_months is not null and steps.excess > 0 and steps.excess * steps.excess > steps.excess_by_chance
            then 'rising'
        when steps.n_months is not null and steps.excess < 0 and steps.excess * steps.excess > steps.excess_by_chance
            then 'fading'
        else 'not_called'
    end as trend,
    case
        when steps.n_months is null then 'before_record'
        when steps.excess * steps.excess <= steps.excess_by_chance then 'within_noise'
    end as trend_reason
from steps
inner join vocabulary on vocabulary.term = steps.term
order by period_start, product_code, place_code, term
