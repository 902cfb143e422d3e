-- compare(product, place_a, place_b, kind := 'rfq', period := 'month'): two places side by side, period by period. The
-- last columns say what product and which places were found. Example: from compare('6109', 'Kenya', 'UAE')
create macro compare(product, place_a, place_b, kind := 'rfq', period := 'month') as table
with asked as materialized (
    select
        product_of(product) as product_code,
        place_of(place_a) as code_a,
        place_of(place_b) as code_b,
        kind_of(kind) as event_kind,
        level_of(period, ['day', 'dekad', 'month', 'quarter', 'year']) as period_level
),

standing as (
    select d.period_start, d.place_code, d.n_events, d.value_usd, d.placed_ratio
    from asked
    inner join demand as d
        on d.kind = asked.event_kind and d.period_level = asked.period_level and d.product_code = asked.product_code
    where d.nes is null
),

a as (
    select standing.period_start, standing.n_events, standing.value_usd, standing.placed_ratio
    from standing
    inner join asked on asked.code_a = standing.place_code
),

b as (
    select standing.period_start, standing.n_events, standing.value_usd, standing.placed_ratio
    from standing
    inner join asked on asked.code_b = standing.place_code
),

both_places as (
    select
        coalesce(a.period_start, b.period_start) as period_start,
        a.n_events as n_events_a,
        b.n_events as n_events_b,
        round(a.n_events / b.n_events, 2) as a_to_b,
        a.value_usd as value_usd_a,
        b.value_usd as value_usd_b,
        round(a.placed_ratio, 2) as placed_ratio_a,
        round(b.placed_ratio, 2) as placed_ratio_b
    from a
    full outer join b on a.period_start = b.period_start
)

select
    both_places.period_start,
    both_places.n_events_a,
    both_places.n_events_b,
    both_places.a_to_b,
    both_places.value_usd_a,
    both_places.value_usd_b,
    both_places.placed_ratio_a,
    both_places.placed_ratio_b,
    asked.product_code,
    asked.code_a as place_code_a,
    asked.code_b as place_code_b
from asked
inner join both_places on true
order by both_places.period_start;
