-- price_tiers: in which price ranges a product is wanted at a place, and how that moves from month to month.
-- Grain: one row per kind, heading or subheading, place node, month, unit and tier; tiers with the same bounds are one.
-- Reads: classes, demand, product_up, place_up, period_up; parameters: release_id; closed_to, the last day that a closed
-- month may have.
with lifted as (
    select
        classes.kind,
        product_up.up_level as product_level,
        product_up.up_code as product_code,
        place_up.up_level as place_level,
        place_up.up_code as place_code,
        period_up.up_start as period_start,
        period_up.up_end as period_end,
        classes.price_unit,
        classes.price_low,
        classes.price_high,
        classes.n_events,
        cast(round(classes.value_usd * 100) as bigint) as value_cents,
        -- thousandths of the tier's own unit; null where the class withholds its quantity
        cast(round(1000 * case classes.price_unit
            when 'count' then classes.quantity_count
            when 'pair' then classes.quantity_pair
            when 'set' then classes.quantity_set
            when 'kg' then classes.quantity_kg
            when 'm' then classes.quantity_m
            when 'm2' then classes.quantity_m2
            when 'l' then classes.quantity_l
            when 'container' then classes.quantity_container
        end) as bigint) as quantity_milli
    from classes
    inner join product_up
        on product_up.code = classes.product_code and product_up.up_level in ('heading', 'subheading')
    inner join place_up on place_up.code = classes.place_code
    inner join period_up
        on period_up.level = classes.period_level
        and period_up.start = classes.period_start
        and period_up.up_level = 'month'
    where classes.price_unit is not null
),

tiers as (
    select
        kind,
        product_level,
        product_code,
        place_level,
        place_code,
        period_start,
        period_end,
        price_unit,
        price_low,
        price_high,
        cast(sum(n_events) as bigint) as n_events,
        cast(sum(value_cents) as bigint) as value_cents,
        cast(sum(value_cents) filter (where quantity_milli > 0) as bigint) as priced_cents,
        cast(sum(quantity_milli) filter (where quantity_milli > 0) as bigint) as quantity_milli
    from lifted
    group by all
),

-- How many events of the node are sure to lie below each bound. The first quarter lies at or above the greatest lower
-- bound that at most a quarter of the events can be below; the last quarter likewise.
counted as (
    select
        *,
        coalesce(sum(n_events) over by_low, 0) as n_up_to_low,
        coalesce(sum(n_events) over by_high, 0) as n_up_to_high,
        sum(n_events) over (partition by kind, product_code, place_code, period_start, price_unit) as n_all
    from tiers
    window
        by_low as (
            partition by kind, product_code, place_code, period_start, price_unit
            order by price_low nulls first range between unbounded preceding and current row
        ),
        by_high as (
            partition by kind, product_code, place_code, period_start, price_unit
            order by price_high nulls last range between unbounded preceding and current row
        )
),

nodes as (
    select
        kind,
        product_code,
        place_code,
        period_start,
        price_unit,
        period_end <= $closed_to as is_closed,
        year(period_start) * 12 + month(period_start) as month_no,
        cast(sum(n_events) as bigint) as n_events,
        cast(sum(value_cents) as bigint) as value_cents,
        cast(sum(priced_cents) as double) / nullif(cast(sum(quantity_milli) as double), 0) * 10 as unit_value_usd,
        -- the quarter that costs least, each event at its least price: null where its last event has no lower bound
        case when coalesce(max(n_up_to_low) filter (where price_low is null), 0) * 4 < max(n_all)
            then min(price_low) filter (where n_up_to_low * 4 >= n_all) end as typical_low,
        -- the quarter that costs most, each event at its greatest price
        case when coalesce(sum(n_events) filter (where price_high is null), 0) * 4 <= max(n_all)
            then min(price_high) filter (where n_up_to_high * 4 >= n_all * 3) end as typical_high
    from counted
    group by kind, product_code, place_code, period_start, period_end, price_unit
)

select
    $release_id as release_id,
    tiers.kind,
    tiers.product_level,
    tiers.product_code,
    tiers.place_level,
    tiers.place_code,
    'month' as period_level,
    tiers.period_start,
    tiers.period_end,
    nodes.is_closed,
    tiers.price_unit,
    tiers.price_low,
    tiers.price_high,
    tiers.n_events,
    cast(tiers.n_events as double) / nodes.n_events as events_share,
    cast(tiers.value_cents as double) / 100 as value_usd,
    cast(tiers.value_cents as double) / nodes.value_cents as value_share,
    cast(tiers.priced_cents as double) / nullif(cast(tiers.quantity_milli as double), 0) * 10 as unit_value_usd,
    nodes.n_events as node_events,
    cast(nodes.n_events as double) / demand.n_events as node_tiered_ratio,
    nodes.typical_low as node_typical_low,
    nodes.typical_high as node_typical_high,
    nodes.unit_value_usd as node_unit_value_usd,
    before.typical_low as node_typical_low_previous,
    before.typical_high as node_typical_high_previous,
    nodes.unit_value_usd / nullif(before.unit_value_usd, 0) - 1 as node_unit_value_change_ratio
from tiers
inner join nodes
    on nodes.kind = tiers.kind
    and nodes.product_code = tiers.product_code
    and nodes.place_code = tiers.place_code
    and nodes.period_start = tiers.period_start
    and nodes.price_unit = tiers.price_unit
inner join demand
    on demand.nes is null
    and demand.kind = tiers.kind
    and demand.product_code = tiers.product_code
    and demand.place_code = tiers.place_code
    and demand.period_level = 'month'
    and demand.period_start = tiers.period_start
left join nodes as before
    on nodes.is_closed
    and before.is_closed
    and before.kind = nodes.kind
    and before.product_code = nodes.product_code
    and before.place_code = nodes.place_code
    and before.price_unit = nodes.price_unit
    and before.month_no = nodes.month_no - 1
order by
    tiers.kind, tiers.product_code, tiers.place_code, tiers.period_start, tiers.price_unit,
    tiers.price_low nulls first, tiers.price_high nulls last
