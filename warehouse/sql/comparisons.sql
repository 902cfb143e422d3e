-- comparisons: every node of demand beside its earlier periods, as they were known equally long after their end.
-- Grain: one row per kind, product node, place node and month, quarter or year that has a row in demand.
-- Reads: demand, products, places, records and vintages (by their SQL files), product_up, place_up, period_up;
-- parameters: night, on which the release was made; closed_to, the last day that a closed period may have; least_events.
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

-- The roles side by side: one row per node and later period. A season is the twelve months that end with it.
known as (
    select
        kind,
        product_code,
        place_code,
        period_level,
        period_start,
        any_value(n_events) filter (where role = 'previous') as n_previous,
        any_value(n_contributors) filter (where role = 'previous') as contributors_previous,
        any_value(value_cents) filter (where role = 'previous') as cents_previous,
        any_value(n_events) filter (where role = 'third') as n_third,
        any_value(earlier_days) filter (where role = 'third') as days_third,
        any_value(n_events) filter (where role = 'year_before') as n_year_before,
        any_value(value_cents) filter (where role = 'year_before') as cents_year_before,
        any_value(earlier_days) filter (where role = 'year_before') as days_year_before,
        any_value(n_events) filter (where role = 'base') as n_base,
        any_value(earlier_days) filter (where role = 'base') as days_base,
        any_value(earlier_start) filter (where role = 'base') as base_start,
        cast(sum(n_events) filter (where role = 'season') as bigint) as n_in_season,
        cast(sum(earlier_days) filter (where role = 'season') as bigint) as days_in_season,
        count(*) filter (where role = 'season') = 12 as is_season
    from known_then
    group by all
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
)

-- Everything side by side. ratio: of events a day; poisson: the variance of its logarithm if every event came by
-- itself; clustered: the same if each contributor of a class places a geometric number of them.
select
    placed.*,
    pairs.earlier_start is not null as has_previous,
    known.n_previous,
    known.cents_previous,
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
    known.n_third,
    known.days_third,
    known.n_year_before,
    known.cents_year_before,
    known.days_year_before,
    known.n_base,
    known.days_base,
    known.base_start,
    case when known.is_season then known.n_in_season end as n_season,
    case when known.is_season then known.days_in_season end as days_season,
    cast(placed.n_events as double) * pairs.earlier_days / (known.n_previous * placed.n_days) as ratio,
    placed.n_events >= $least_events and known.n_previous >= $least_events as is_compared,
    1.0::double / placed.n_events + 1.0::double / known.n_previous as poisson,
    greatest(1.0::double, 2.0::double * placed.n_events / placed.contributors_max - 1) / placed.n_events
    + greatest(1.0::double, 2.0::double * known.n_previous / known.contributors_previous - 1) / known.n_previous
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
left join known
    on known.kind = placed.kind
    and known.product_code = placed.product_code
    and known.place_code = placed.place_code
    and known.period_level = placed.period_level
    and known.period_start = placed.period_start
