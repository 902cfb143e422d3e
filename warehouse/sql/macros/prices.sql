-- prices(product, place, kind := 'order'): what is paid, month by month and unit by unit: the price tiers with their
-- share of the events, and the typical range, in which the middle half of the events lies. Null bounds are open.
-- Example: from prices('textiles', 'world')
create macro prices(product, place, kind := 'order') as table
with asked as materialized (
    select place_of(place) as place_code, kind_of(kind) as event_kind
)

select
    products.title as product,
    t.product_code,
    t.period_start as month,
    t.price_unit,
    t.price_low,
    t.price_high,
    t.n_events,
    round(100 * t.events_share, 1) as share_pct,
    t.node_typical_low as typical_low,
    t.node_typical_high as typical_high,
    round(t.node_tiered_ratio, 2) as tiered_ratio
from asked
inner join price_tiers as t on t.kind = asked.event_kind and t.place_code = asked.place_code
inner join below(product) as b on b.code = t.product_code
inner join products on products.code = t.product_code
order by t.period_start, t.product_code, t.price_unit, t.price_low nulls first;
