-- trends: how every node of demand moved since earlier periods, and how sure that is.
-- Grain: as comparisons.
-- Reads: comparisons (by its SQL file); parameters: release_id and the limits of decision 27: least_placed, least_events,
-- steady_factor, significance.
-- A family: what a reader compares. Its inflation says how much wider changes scatter around the family's own than
-- clusters explain: the median square, over the median of chi-square with one degree of freedom.
with centred as (
    select
        *,
        ln(ratio) - median(ln(ratio)) over (
            partition by kind, period_level, period_start, product_level, place_level
        ) as own_change
    from comparisons
    where is_compared
),

inflations as (
    select
        kind,
        period_level,
        period_start,
        product_level,
        place_level,
        case when count(*) >= 20 then greatest(1.0::double, median(own_change * own_change / clustered) / 0.4549) else 1.0 end
            as inflation
    from centred
    group by kind, period_level, period_start, product_level, place_level
),

-- Distance of the change from none, in standard errors, where coarser classes of either period hide all they can.
judged as (
    select
        comparisons.*,
        sqrt(comparisons.clustered * inflations.inflation) as std_error,
        comparisons.placed_ratio >= $least_placed and comparisons.placed_ratio_previous >= $least_placed as is_tested,
        greatest(
            ln(comparisons.ratio * comparisons.placed_ratio_previous), ln(comparisons.placed_ratio / comparisons.ratio), 0.0::double
        ) / sqrt(comparisons.clustered * inflations.inflation) as distance
    from comparisons
    left join inflations
        on comparisons.is_compared
        and inflations.kind = comparisons.kind
        and inflations.period_level = comparisons.period_level
        and inflations.period_start = comparisons.period_start
        and inflations.product_level = comparisons.product_level
        and inflations.place_level = comparisons.place_level
),

-- Both tails of the normal distribution: Abramowitz and Stegun (1964), 26.2.17.
chances as (
    select
        kind,
        product_code,
        place_code,
        period_level,
        period_start,
        product_level,
        place_level,
        least(
            1.0::double,
            2 * exp(-distance * distance / 2) * 0.3989422804014327
            * t * (
                0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
            )
        ) as p_value
    from (select *, 1 / (1 + 0.2316419 * distance) as t from judged where is_tested and std_error is not null) as tested
),

ranked as (
    select
        *,
        count(*) over (partition by kind, period_level, period_start, product_level, place_level) as n_tests,
        count(*) over (
            partition by kind, period_level, period_start, product_level, place_level
            order by p_value range between unbounded preceding and current row
        ) as n_up_to
    from chances
),

-- Benjamini and Hochberg (1995), as the least level at which each call would be made.
called as (
    select
        *,
        min(least(1.0::double, p_value * (cast(n_tests as double) / n_up_to))) over (
            partition by kind, period_level, period_start, product_level, place_level
            order by p_value desc range between unbounded preceding and current row
        ) as q_value
    from ranked
),

told as (
    select
        judged.*,
        called.p_value,
        called.q_value,
        judged.ratio * judged.placed_ratio_previous * exp(-1.96 * judged.std_error) - 1 as change_low,
        judged.ratio / judged.placed_ratio * exp(1.96 * judged.std_error) - 1 as change_high
    from judged
    left join called
        on called.kind = judged.kind
        and called.product_code = judged.product_code
        and called.place_code = judged.place_code
        and called.period_level = judged.period_level
        and called.period_start = judged.period_start
),

verdicts as (
    select
        *,
        case
            when not is_closed then 'open_period'
            when not has_previous then 'before_record'
            when
                placed_ratio_previous is null
                and n_events >= $least_events
                and n_possible_previous * n_days <= n_events * days_previous * (1 - $least_placed)
                then 'new'
            when n_events < $least_events then 'few_events'
            when placed_ratio_previous is null then 'placed_low'
            when n_previous is null or n_previous < $least_events then 'few_events'
            when placed_ratio < $least_placed or placed_ratio_previous < $least_placed then 'placed_low'
            when q_value <= $significance and ratio > 1 then 'rising'
            when q_value <= $significance then 'fading'
            when 1 + change_low >= 1 / $steady_factor and 1 + change_high <= $steady_factor then 'steady'
            when abs(ln(ratio)) > 1.96 * std_error then 'may_be_placement'
            else 'within_chance'
        end as verdict
    from told
)

select
    $release_id as release_id,
    kind,
    product_level,
    product_code,
    place_level,
    place_code,
    period_level,
    period_start,
    period_end,
    is_closed,
    n_events,
    value_usd,
    placed_ratio,
    n_previous as n_events_previous,
    cast(cents_previous as double) / 100 as value_usd_previous,
    placed_ratio_previous,
    n_possible_previous as n_events_possible_previous,
    n_events - n_previous as n_events_change,
    ratio - 1 as n_events_change_ratio,
    value_usd - cast(cents_previous as double) / 100 as value_usd_change,
    value_usd * 100 * days_previous / (nullif(cents_previous, 0) * n_days) - 1 as value_usd_change_ratio,
    change_low,
    change_high,
    std_error * std_error / poisson as variance_factor,
    p_value,
    q_value,
    case when verdict in ('rising', 'steady', 'fading', 'new') then verdict else 'not_called' end as trend,
    case when verdict not in ('rising', 'steady', 'fading', 'new') then verdict end as trend_reason,
    n_year_before as n_events_year_before,
    cast(cents_year_before as double) / 100 as value_usd_year_before,
    n_events - n_year_before as n_events_year_change,
    cast(n_events as double) * days_year_before / (n_year_before * n_days) - 1 as n_events_year_change_ratio,
    value_usd - cast(cents_year_before as double) / 100 as value_usd_year_change,
    value_usd * 100 * days_year_before / (nullif(cents_year_before, 0) * n_days) - 1 as value_usd_year_change_ratio,
    pow(cast(n_events as double) * days_third / (n_third * n_days), 1.0::double / 3) - 1 as momentum_ratio,
    product_share,
    product_share - product_share_previous as product_share_change,
    product_rank,
    product_rank_previous - product_rank as product_rank_change,
    place_share,
    place_share - place_share_previous as place_share_change,
    place_rank,
    place_rank_previous - place_rank as place_rank_change,
    100 * (cast(n_events as double) * days_base / (n_base * n_days)) as events_index,
    base_start as index_base,
    cast(n_events as double) * days_season / (n_season * n_days) as seasonal_index
from verdicts
order by kind, product_code, place_code, period_start, period_level
