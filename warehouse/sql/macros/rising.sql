-- rising(product, kind := 'rfq', place := 'world', level := 'heading', placed := 0.5): products beneath a product whose
-- demand grew from the month before newest_month to it, fastest first; only where placed_ratio reaches `placed` in both.
create macro rising(product, kind := 'rfq', place := 'world', level := 'heading', placed := 0.5) as table
select
    b.title as product,
    b.code as product_code,
    later.period_start as month,
    earlier.n_events as n_events_before,
    later.n_events,
    round(100.0 * (later.n_events / earlier.n_events - 1), 1) as change_pct,
    round(least(earlier.placed_ratio, later.placed_ratio), 2) as placed_ratio
from below(product) as b
inner join demand as later on later.product_code = b.code
inner join demand as earlier
    on earlier.product_code = b.code
    and earlier.kind = later.kind
    and earlier.place_code = later.place_code
    and earlier.period_level = later.period_level
    and earlier.period_start = later.period_start - interval 1 month
    and earlier.nes is null
where
    b.level = level
    and later.nes is null
    and later.kind = kind
    and later.place_code = place_of(place)
    and later.period_level = 'month'
    and later.period_start = newest_month(kind)
    and least(earlier.placed_ratio, later.placed_ratio) >= placed
    and later.n_events > earlier.n_events
order by later.n_events / earlier.n_events desc, b.code;
