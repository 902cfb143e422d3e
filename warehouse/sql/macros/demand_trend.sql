-- demand_trend(product, place, kind := 'rfq', period := 'month'): demand period by period, with the change on the row
-- before, and what trends calls it. Compare only where placed_ratio is high, and similar, in both. A period that has
-- not ended is_open.
create macro demand_trend(product, place, kind := 'rfq', period := 'month') as table
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
    round(d.placed_ratio, 2) as placed_ratio
from demand as d
left join trends as t
    on t.kind = d.kind and t.product_code = d.product_code and t.place_code = d.place_code
    and t.period_level = d.period_level and t.period_start = d.period_start
where
    d.kind = kind
    and d.nes is null
    and d.period_level = period
    and d.product_code = product_of(product)
    and d.place_code = place_of(place)
order by d.period_start;
