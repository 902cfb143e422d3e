-- top_markets(product, kind := 'rfq', level := 'country', month := null): where a product is wanted most, in a month
-- (default: newest_month). share_pct is the share of all that is known of the product in the world that month; the last
-- column says which product was found. Example: from top_markets('6109', month := '2026-01')
create macro top_markets(product, kind := 'rfq', level := 'country', month := null) as table
with asked as materialized (
    select
        product_of(product) as product_code,
        kind_of(kind) as event_kind,
        level_of(level, ['world', 'region', 'subregion', 'country']) as place_level,
        month_of(month, kind) as at
),

standing as (
    select d.place_level, d.place_code, d.product_code, d.period_start, d.n_events, d.value_usd, d.contributors_min,
        d.placed_ratio
    from asked
    inner join demand as d
        on d.kind = asked.event_kind and d.product_code = asked.product_code and d.period_start = asked.at
    where d.nes is null and d.period_level = 'month'
),

world as (
    select standing.n_events from standing where standing.place_level = 'world'
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
    round(d.placed_ratio, 2) as placed_ratio,
    d.product_code
from asked
inner join standing as d on d.place_level = asked.place_level
inner join places on places.code = d.place_code
order by rank;
