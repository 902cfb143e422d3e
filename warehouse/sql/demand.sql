-- demand: what is wanted at every node of product, place and period, summed over whole classes.
-- Grain: one row per kind, product node, place node and period node (`nes` is null), and one per part of it that
-- stands at none of its children along one dimension (`nes` names the dimension).
-- Reads: classes, and the ancestries product_up, place_up (code, up_code, up_level) and period_up (level, start,
-- up_level, up_start, up_end), in which every node is its own ancestor; and estimates (release_id, kind, month,
-- product_code, place_code, events_centi, events_margin_centi, value_cents, value_margin_cents). Parameters: release_id;
-- most_withheld_pct, the per cent of events with a value that may stand in classes that withhold it, beyond which no
-- estimate of value is shown.
-- drawn: the months that estimates exist for, and the release that drew them.
with drawn as (
    select distinct kind, month, release_id from estimates
),

-- lifted: each class at each of its ancestors along all three dimensions at once.
lifted as (
    select
        classes.kind,
        product_up.up_level as product_level,
        product_up.up_code as product_code,
        place_up.up_level as place_level,
        place_up.up_code as place_code,
        period_up.up_level as period_level,
        period_up.up_start as period_start,
        period_up.up_end as period_end,
        product_up.up_code = classes.product_code as is_own_product,
        place_up.up_code = classes.place_code as is_own_place,
        period_up.up_level = classes.period_level as is_own_period,
        classes.n_events,
        cast(round(classes.value_usd * 100) as bigint) as value_cents,
        classes.n_contributors,
        case when classes.value_status = 'withheld' then classes.n_events else 0 end as n_withheld,
        case when classes.value_status = 'none' then 0 else classes.n_events end as n_valued,
        -- no estimate knows of the class
        drawn.release_id is null or classes.release_id > drawn.release_id as is_after
    from classes
    inner join product_up on product_up.code = classes.product_code
    inner join place_up on place_up.code = classes.place_code
    inner join period_up
        on period_up.level = classes.period_level and period_up.start = classes.period_start
    left join drawn
        on drawn.kind = classes.kind and drawn.month = cast(date_trunc('month', classes.period_start) as date)
),

-- Sums with, per dimension, either all that lies within the node (null) or only what stands exactly at it.
cells as (
    select
        kind,
        product_level,
        product_code,
        place_level,
        place_code,
        period_level,
        period_start,
        period_end,
        own_product.is_exact as is_exact_product,
        own_place.is_exact as is_exact_place,
        own_period.is_exact as is_exact_period,
        cast(sum(n_events) as bigint) as n_events,
        cast(sum(value_cents) as bigint) as value_cents,
        max(n_contributors) as contributors_min,
        cast(sum(n_contributors) as bigint) as contributors_max,
        cast(sum(n_withheld) as bigint) as n_withheld,
        cast(sum(n_valued) as bigint) as n_valued,
        cast(sum(case when is_after then n_events else 0 end) as bigint) as n_events_after,
        cast(sum(case when is_after then value_cents else 0 end) as bigint) as value_cents_after
    from lifted
    inner join (values (false), (true)) as own_product (is_exact) on lifted.is_own_product or not own_product.is_exact
    inner join (values (false), (true)) as own_place (is_exact) on lifted.is_own_place or not own_place.is_exact
    inner join (values (false), (true)) as own_period (is_exact) on lifted.is_own_period or not own_period.is_exact
    group by all
),

nodes as (
    select * from cells where not is_exact_product and not is_exact_place and not is_exact_period
),

-- For every node, all classes that overlap it: along each dimension either within it or exactly at an ancestor.
overlapping as (
    select
        nodes.kind,
        nodes.product_code,
        nodes.place_code,
        nodes.period_level,
        nodes.period_start,
        sum(cells.n_events) as n_events,
        sum(cells.n_events_after) as n_events_after,
        -- the margin of what is given says nothing of what is withheld
        100 * sum(cells.n_withheld) > $most_withheld_pct * sum(cells.n_valued) as is_withheld
    from nodes
    inner join product_up on product_up.code = nodes.product_code
    inner join place_up on place_up.code = nodes.place_code
    inner join period_up on period_up.level = nodes.period_level and period_up.start = nodes.period_start
    inner join cells
        on cells.kind = nodes.kind
        and cells.product_code = product_up.up_code
        and cells.is_exact_product = (product_up.up_code <> nodes.product_code)
        and cells.place_code = place_up.up_code
        and cells.is_exact_place = (place_up.up_code <> nodes.place_code)
        and cells.period_level = period_up.up_level
        and cells.period_start = period_up.up_start
        and cells.is_exact_period = (period_up.up_level <> nodes.period_level)
    group by all
),

-- What was estimated at nodes, summed over the months that were drawn; nothing at an estimated node is none.
estimated as (
    select
        nodes.kind,
        nodes.product_code,
        nodes.place_code,
        nodes.period_level,
        nodes.period_start,
        cast(sum(coalesce(estimates.events_centi, 0)) as bigint) as events_centi,
        sqrt(sum(cast(coalesce(estimates.events_margin_centi, 0) as double) ** 2)) as events_margin_centi,
        cast(sum(estimates.value_cents) as bigint) as value_cents,
        sqrt(sum(cast(estimates.value_margin_cents as double) ** 2)) as value_margin_cents
    from nodes
    inner join drawn
        on drawn.kind = nodes.kind and drawn.month between nodes.period_start and nodes.period_end
    left join estimates
        on estimates.kind = nodes.kind
        and estimates.month = drawn.month
        and estimates.product_code = nodes.product_code
        and estimates.place_code = nodes.place_code
    where
        nodes.period_level in ('month', 'quarter', 'year')
        and (
            nodes.product_level in ('all', 'sector')
            or (nodes.product_level in ('chapter', 'heading') and nodes.place_level = 'world')
        )
    group by all
),

rows as (
    select *, cast(null as text) as nes from nodes
    union all
    select *, 'product' from cells
    where is_exact_product and not is_exact_place and not is_exact_period and product_level <> 'subheading'
    union all
    select *, 'place' from cells
    where is_exact_place and not is_exact_product and not is_exact_period and place_level <> 'country'
    union all
    select *, 'period' from cells
    where is_exact_period and not is_exact_product and not is_exact_place and period_level <> 'day'
)

select
    $release_id as release_id,
    rows.kind,
    rows.product_level,
    rows.product_code,
    rows.place_level,
    rows.place_code,
    rows.period_level,
    rows.period_start,
    rows.period_end,
    rows.nes,
    rows.n_events,
    cast(rows.value_cents as double) / 100 as value_usd,
    rows.contributors_min,
    rows.contributors_max,
    case when rows.nes is null then cast(rows.n_events as double) / cast(overlapping.n_events as double) end
        as placed_ratio,
    cast(estimated.events_centi as double) / 100 + rows.n_events_after as n_events_estimate,
    estimated.events_margin_centi / 100 as n_events_margin,
    -- nothing is shown where too much is withheld, or the margin is as large as the figure
    case
        when not overlapping.is_withheld
            and estimated.value_margin_cents < estimated.value_cents + coalesce(rows.value_cents_after, 0)
            then cast(estimated.value_cents + coalesce(rows.value_cents_after, 0) as double) / 100
    end as value_usd_estimate,
    case
        when not overlapping.is_withheld
            and estimated.value_margin_cents < estimated.value_cents + coalesce(rows.value_cents_after, 0)
            then estimated.value_margin_cents / 100
    end as value_usd_margin,
    estimated.events_centi is not null and overlapping.n_events_after > 0 as is_after_estimate
from rows
left join overlapping
    on rows.nes is null
    and overlapping.kind = rows.kind
    and overlapping.product_code = rows.product_code
    and overlapping.place_code = rows.place_code
    and overlapping.period_level = rows.period_level
    and overlapping.period_start = rows.period_start
left join estimated
    on rows.nes is null
    and estimated.kind = rows.kind
    and estimated.product_code = rows.product_code
    and estimated.place_code = rows.place_code
    and estimated.period_level = rows.period_level
    and estimated.period_start = rows.period_start
order by
    rows.kind, rows.product_code, rows.place_code, rows.period_start, rows.period_level, rows.nes nulls first
