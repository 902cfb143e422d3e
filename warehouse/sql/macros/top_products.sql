-- top_products(place, kind := 'rfq', level := 'heading', month := null): what a place wants most, in a month (default:
-- newest_month). share_pct is the share of all that is known of the place that month.
create macro top_products(place, kind := 'rfq', level := 'heading', month := null) as table
with everything as (
    select d.n_events
    from demand as d
    where
        d.kind = kind and d.nes is null and d.period_level = 'month' and d.product_level = 'all'
        and d.place_code = place_of(place)
        and d.period_start = coalesce(cast(month as date), newest_month(kind))
)

select
    row_number() over (order by d.n_events desc, d.product_code) as rank,
    products.title as product,
    d.product_code,
    d.period_start as month,
    d.n_events,
    round(100.0 * d.n_events / (select everything.n_events from everything), 1) as share_pct,
    d.value_usd,
    d.contributors_min,
    round(d.placed_ratio, 2) as placed_ratio
from demand as d
inner join products on products.code = d.product_code
where
    d.kind = kind and d.nes is null and d.period_level = 'month' and d.product_level = level
    and d.place_code = place_of(place)
    and d.period_start = coalesce(cast(month as date), newest_month(kind))
order by rank;
