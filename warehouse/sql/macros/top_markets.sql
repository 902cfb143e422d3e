-- top_markets(product, kind := 'rfq', level := 'country', month := null): where a product is wanted most, in a month
-- (default: newest_month). share_pct is the share of all that is known of the product in the world that month.
create macro top_markets(product, kind := 'rfq', level := 'country', month := null) as table
with world as (
    select d.n_events
    from demand as d
    where
        d.kind = kind and d.nes is null and d.period_level = 'month' and d.place_level = 'world'
        and d.product_code = product_of(product)
        and d.period_start = coalesce(cast(month as date), newest_month(kind))
)

select
    row_number() over (order by d.n_events desc, d.place_code) as rank,
    places.title as place,
    d.place_code,
    d.period_start as month,
    d.n_events,
    round(100.0 * d.n_events / (select world.n_events from world), 1) as share_pct,
    d.value_usd,
    d.contributors_min,
    round(d.placed_ratio, 2) as placed_ratio
from demand as d
inner join places on places.code = d.place_code
where
    d.kind = kind and d.nes is null and d.period_level = 'month' and d.place_level = level
    and d.product_code = product_of(product)
    and d.period_start = coalesce(cast(month as date), newest_month(kind))
order by rank;
