-- top_products(place, kind := 'rfq', level := 'heading', month := null): what a place wants most, in a month (default:
-- newest_month). share_pct is the share of all that is known of the place that month; the last column says which place
-- was found. Example: from top_products('Kenya', level := 'sector')
create macro top_products(place, kind := 'rfq', level := 'heading', month := null) as table
with asked as materialized (
    select
        place_of(place) as place_code,
        kind_of(kind) as event_kind,
        level_of(level, ['all', 'sector', 'chapter', 'heading', 'subheading']) as product_level,
        month_of(month, kind) as at
),

standing as (
    select d.product_level, d.product_code, d.place_code, d.period_start, d.n_events, d.value_usd, d.contributors_min,
        d.placed_ratio
    from asked
    inner join demand as d
        on d.kind = asked.event_kind and d.place_code = asked.place_code and d.period_start = asked.at
    where d.nes is null and d.period_level = 'month'
),

everything as (
    select standing.n_events from standing where standing.product_level = 'all'
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
    round(d.placed_ratio, 2) as placed_ratio,
    d.place_code
from asked
inner join standing as d on d.product_level = asked.product_level
inner join products on products.code = d.product_code
order by rank;
