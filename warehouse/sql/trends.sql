-- trends: how every node of demand moved since earlier periods, and how sure that is.
-- Grain: one row per kind, product node, place node and month, quarter or year that has a row in demand.
-- Reads: demand, products, places, records and vintages (by their SQL files), product_up, place_up, period_up;
-- parameters: release_id; night, on which the release was made; closed_to, the last day that a closed period may have;
-- the limits of decision 27: least_placed, least_events, steady_factor, significance.
-- periods: every period of a kind. Its age is counted from the day after its end, or from the first release that held
-- some of it where history was delivered later, in months of 31 days: late events come with the close of a later month,
-- and a short month must not make them a day too late. span: its months. Whole: closed, and later than the month in which
-- the record begins, for that one may have been delivered in part.
with periods as (
    select
        vintages.kind,
        vintages.period_level,
        vintages.period_start,
        vintages.period_end,
        vintages.period_end - vintages.period_start + 1 as n_days,
        year(vintages.period_start) * 12 + month(vintages.period_start) as month_no,
        case vintages.period_level when 'month' then 1 when 'quarter' then 3 else 12 end as span,
        cast(greatest(vintages.period_end + 1, min(vintages.released_on)) as date) as anchor,
        vintages.period_end <= $closed_to as is_closed,
        coalesce(vintages.period_end <= $closed_to and vintages.period_start > records.begins, false) as is_whole
    from vintages
    left join records on records.kind = vintages.kind
    group by vintages.kind, vintages.period_level, vintages.period_start, vintages.period_end, records.begins
),

bases as (
    select kind, period_level, min(period_start) as period_start from periods where is_whole group by kind, period_level
),

-- Which whole period is compared with which earlier one, and as what.
pairs as (
    select
        later.kind,
        later.period_level,
        later.period_start,
        earlier.period_start as earlier_start,
        earlier.n_days as earlier_days,
        earlier.anchor as earlier_anchor,
        (year(cast($night as date)) * 12 + month(cast($night as date)) - year(later.anchor) * 12 - month(later.anchor)) * 31
        + day(cast($night as date)) - day(later.anchor) as age,
        roles.role
    from periods as later
    inner join bases on bases.kind = later.kind and bases.period_level = later.period_level
    inner join periods as earlier
        on earlier.kind = later.kind and earlier.period_level = later.period_level and earlier.is_whole
    inner join (values ('previous'), ('third'), ('year_before'), ('base'), ('season')) as roles (role)
        on roles.role = 'previous' and earlier.month_no = later.month_no - later.span
        or roles.role = 'third' and earlier.month_no = later.month_no - 3 * later.span
        or roles.role = 'year_before' and earlier.month_no = later.month_no - 12
        or roles.role = 'base' and earlier.period_start = bases.period_start and later.month_no >= earlier.month_no
        or roles.role = 'season' and later.period_level = 'month'
        and earlier.month_no between later.month_no - 11 and later.month_no
    where later.is_whole
),

-- What was known of the earlier period as long after it as the later one is known now.
known_then as (
    select
        pairs.kind,
        vintages.product_code,
        vintages.place_code,
        pairs.period_level,
        pairs.period_start,
        pairs.role,
        pairs.earlier_start,
        pairs.earlier_days,
        cast(sum(vintages.n_events) as bigint) as n_events,
        cast(sum(vintages.n_contributors) as bigint) as n_contributors,
        cast(sum(vintages.value_cents) as bigint) as value_cents
    from pairs
    inner join vintages
        on vintages.kind = pairs.kind
        and vintages.period_level = pairs.period_level
        and vintages.period_start = pairs.earlier_start
        and (
            year(vintages.released_on) * 12 + month(vintages.released_on)
            - year(pairs.earlier_anchor) * 12 - month(pairs.earlier_anchor)
        ) * 31
        + day(vintages.released_on) - day(pairs.earlier_anchor) <= pairs.age
    group by all
),

seasons as (
    select
        kind,
        product_code,
        place_code,
        period_start,
        cast(sum(n_events) as bigint) as n_events,
        cast(sum(earlier_days) as bigint) as n_days
    from known_then
    where role = 'season'
    group by all
    having count(*) = 12
),

nodes as (
    select
        demand.kind,
        demand.product_level,
        demand.product_code,
        demand.place_level,
        demand.place_code,
        demand.period_level,
        demand.period_start,
        demand.period_end,
        demand.n_events,
        demand.value_usd,
        demand.contributors_max,
        demand.placed_ratio,
        periods.n_days,
        periods.month_no,
        periods.span,
        periods.is_closed,
        product_siblings.parent as product_parent,
        place_siblings.parent as place_parent
    from demand
    inner join periods
        on periods.kind = demand.kind
        and periods.period_level = demand.period_level
        and periods.period_start = demand.period_start
    inner join products as product_siblings on product_siblings.code = demand.product_code
    inner join places as place_siblings on place_siblings.code = demand.place_code
    where demand.nes is null
),

-- Shares and ranks among the children of one parent.
placed as (
    select
        nodes.*,
        cast(nodes.n_events as double) / of_product.n_events as product_share,
        cast(nodes.n_events as double) / of_place.n_events as place_share,
        case when nodes.product_parent is not null then dense_rank() over (
            partition by
                nodes.kind, nodes.period_level, nodes.period_start, nodes.place_code, nodes.product_parent
            order by nodes.n_events desc
        ) end as product_rank,
        case when nodes.place_parent is not null then dense_rank() over (
            partition by
                nodes.kind, nodes.period_level, nodes.period_start, nodes.product_code, nodes.place_parent
            order by nodes.n_events desc
        ) end as place_rank
    from nodes
    left join nodes as of_product
        on of_product.kind = nodes.kind
        and of_product.period_level = nodes.period_level
        and of_product.period_start = nodes.period_start
        and of_product.place_code = nodes.place_code
        and of_product.product_code = nodes.product_parent
    left join nodes as of_place
        on of_place.kind = nodes.kind
        and of_place.period_level = nodes.period_level
        and of_place.period_start = nodes.period_start
        and of_place.product_code = nodes.product_code
        and of_place.place_code = nodes.place_parent
),

-- Nodes that have no row in the period before, and how many events of coarser classes may hide there: of all classes
-- exactly at one of the node's ancestors along some dimension, and within the node along the others.
absent as materialized (
    select
        placed.kind,
        placed.product_code,
        placed.place_code,
        placed.period_level,
        placed.period_start,
        pairs.earlier_start
    from placed
    inner join pairs
        on pairs.role = 'previous'
        and pairs.kind = placed.kind
        and pairs.period_level = placed.period_level
        and pairs.period_start = placed.period_start
    left join placed as before
        on before.kind = placed.kind
        and before.product_code = placed.product_code
        and before.place_code = placed.place_code
        and before.period_level = placed.period_level
        and before.period_start = pairs.earlier_start
    where before.kind is null
),

above as materialized (
    select
        absent.*,
        product_up.up_code as up_product,
        place_up.up_code as up_place,
        period_up.up_level,
        period_up.up_start
    from absent
    inner join product_up on product_up.code = absent.product_code
    inner join place_up on place_up.code = absent.place_code
    inner join period_up on period_up.level = absent.period_level and period_up.start = absent.earlier_start
),

hidden as (
    select
        above.kind,
        above.product_code,
        above.place_code,
        above.period_level,
        above.period_start,
        cast(sum(vintages.n_events) as bigint) as n_events
    from above
    inner join vintages
        on vintages.kind = above.kind
        and vintages.product_code = above.up_product
        and vintages.place_code = above.up_place
        and vintages.period_level = above.up_level
        and vintages.period_start = above.up_start
    where
        (vintages.is_own_product or above.up_product = above.product_code)
        and (vintages.is_own_place or above.up_place = above.place_code)
        and (vintages.is_own_period or above.up_level = above.period_level)
    group by all
),

-- Everything side by side. ratio: of events a day; poisson: the variance of its logarithm if every event came by
-- itself; clustered: the same if each contributor of a class places a geometric number of them.
compared as (
    select
        placed.*,
        pairs.earlier_start is not null as has_previous,
        previous.n_events as n_previous,
        previous.value_cents as cents_previous,
        pairs.earlier_days as days_previous,
        before.placed_ratio as placed_ratio_previous,
        case
            when before.n_events is not null then cast(round(before.n_events / before.placed_ratio) as bigint)
            when pairs.earlier_start is not null then coalesce(hidden.n_events, 0)
        end as n_possible_previous,
        before.product_share as product_share_previous,
        before.place_share as place_share_previous,
        before.product_rank as product_rank_previous,
        before.place_rank as place_rank_previous,
        third.n_events as n_third,
        third.earlier_days as days_third,
        year_before.n_events as n_year_before,
        year_before.value_cents as cents_year_before,
        year_before.earlier_days as days_year_before,
        base.n_events as n_base,
        base.earlier_days as days_base,
        base.earlier_start as base_start,
        seasons.n_events as n_season,
        seasons.n_days as days_season,
        cast(placed.n_events as double) * pairs.earlier_days / (previous.n_events * placed.n_days) as ratio,
        placed.n_events >= $least_events and previous.n_events >= $least_events as is_compared,
        1.0::double / placed.n_events + 1.0::double / previous.n_events as poisson,
        greatest(1.0::double, 2.0::double * placed.n_events / placed.contributors_max - 1) / placed.n_events
        + greatest(1.0::double, 2.0::double * previous.n_events / previous.n_contributors - 1) / previous.n_events
            as clustered
    from placed
    left join pairs
        on pairs.kind = placed.kind
        and pairs.period_level = placed.period_level
        and pairs.period_start = placed.period_start
        and pairs.role = 'previous'
    left join placed as before
        on before.kind = placed.kind
        and before.product_code = placed.product_code
        and before.place_code = placed.place_code
        and before.period_level = placed.period_level
        and before.period_start = pairs.earlier_start
    left join hidden
        on hidden.kind = placed.kind
        and hidden.product_code = placed.product_code
        and hidden.place_code = placed.place_code
        and hidden.period_level = placed.period_level
        and hidden.period_start = placed.period_start
    left join known_then as previous
        on previous.role = 'previous'
        and previous.kind = placed.kind
        and previous.product_code = placed.product_code
        and previous.place_code = placed.place_code
        and previous.period_level = placed.period_level
        and previous.period_start = placed.period_start
    left join known_then as third
        on third.role = 'third'
        and third.kind = placed.kind
        and third.product_code = placed.product_code
        and third.place_code = placed.place_code
        and third.period_level = placed.period_level
        and third.period_start = placed.period_start
    left join known_then as year_before
        on year_before.role = 'year_before'
        and year_before.kind = placed.kind
        and year_before.product_code = placed.product_code
        and year_before.place_code = placed.place_code
        and year_before.period_level = placed.period_level
        and year_before.period_start = placed.period_start
    left join known_then as base
        on base.role = 'base'
        and base.kind = placed.kind
        and base.product_code = placed.product_code
        and base.place_code = placed.place_code
        and base.period_level = placed.period_level
        and base.period_start = placed.period_start
    left join seasons
        on placed.period_level = 'month'
        and seasons.kind = placed.kind
        and seasons.product_code = placed.product_code
        and seasons.place_code = placed.place_code
        and seasons.period_start = placed.period_start
),

-- A family: what a reader compares. Its inflation says how much wider changes scatter around the family's own than
-- clusters explain: the median square, over the median of chi-square with one degree of freedom.
centred as (
    select
        *,
        ln(ratio) - median(ln(ratio)) over (
            partition by kind, period_level, period_start, product_level, place_level
        ) as own_change
    from compared
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
        compared.*,
        sqrt(compared.clustered * inflations.inflation) as std_error,
        compared.placed_ratio >= $least_placed and compared.placed_ratio_previous >= $least_placed as is_tested,
        greatest(
            ln(compared.ratio * compared.placed_ratio_previous), ln(compared.placed_ratio / compared.ratio), 0.0::double
        ) / sqrt(compared.clustered * inflations.inflation) as distance
    from compared
    left join inflations
        on compared.is_compared
        and inflations.kind = compared.kind
        and inflations.period_level = compared.period_level
        and inflations.period_start = compared.period_start
        and inflations.product_level = compared.product_level
        and inflations.place_level = compared.place_level
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
