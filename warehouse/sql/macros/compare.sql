-- compare(product, place_a, place_b, kind := 'rfq', period := 'month'): two places side by side, period by period.
create macro compare(product, place_a, place_b, kind := 'rfq', period := 'month') as table
select
    coalesce(a.period_start, b.period_start) as period_start,
    a.n_events as n_events_a,
    b.n_events as n_events_b,
    round(a.n_events / b.n_events, 2) as a_to_b,
    a.value_usd as value_usd_a,
    b.value_usd as value_usd_b,
    round(a.placed_ratio, 2) as placed_ratio_a,
    round(b.placed_ratio, 2) as placed_ratio_b
from (
    select d.period_start, d.n_events, d.value_usd, d.placed_ratio
    from demand as d
    where
        d.kind = kind and d.nes is null and d.period_level = period
        and d.product_code = product_of(product) and d.place_code = place_of(place_a)
) as a
full outer join (
    select d.period_start, d.n_events, d.value_usd, d.placed_ratio
    from demand as d
    where
        d.kind = kind and d.nes is null and d.period_level = period
        and d.product_code = product_of(product) and d.place_code = place_of(place_b)
) as b on a.period_start = b.period_start
order by period_start;
