-- demand_trend(product, place, kind := 'rfq', period := 'month'): demand period by period, with the change on the row
-- before, and what trends calls it. Compare only where placed_ratio is high, and similar, in both. A period that has
-- not ended is_open. The last columns say which product and place were found. Example: from demand_trend('6109',
-- 'Kenya')
create macro demand_trend(product, place, kind := 'rfq', period := 'month') as table
with asked as materialized (
    select
        product_of(product) as product_code,
        place_of(place) as place_code,
        kind_of(kind) as event_kind,
        level_of(period, ['day', 'dekad', 'month', 'quarter', 'year']) as period_level
)

select
    d.period_start,
    d.period_end >= cast(left(d.release_id, 10) as date) as is_open,
    d.n_events,
    round(100.0 * (d.n_events / lag(d.n_events) over (order by d.period_start) - 1), 1) as change_pct,
    t.trend,
    t.trend_reason,
    d.value_usd,
    d.contributors_min,
    d.contributors_max,
    round(d.placed_ratio, 2) as placed_ratio,
    d.product_code,
    d.place_code
from asked
inner join demand as d
    on d.kind = asked.event_kind and d.period_level = asked.period_level
    and d.product_code = asked.product_code and d.place_code = asked.place_code
left join trends as t
    on t.kind = d.kind and t.product_code = d.product_code and t.place_code = d.place_code
    and t.period_level = d.period_level and t.period_start = d.period_start
where d.nes is null
order by d.period_start;
