-- rising(product, kind := 'rfq', place := 'world', level := 'heading', only_called := true): products beneath a product
-- whose demand grew in newest_month, surest first. Only what trends calls rising or new; `only_called := false` shows
-- all growth, with the reason why it is not called. Example: from rising('textiles', kind := 'search')
create macro rising(product, kind := 'rfq', place := 'world', level := 'heading', only_called := true) as table
with asked as materialized (
    select
        place_of(place) as place_code,
        kind_of(kind) as event_kind,
        level_of(level, ['all', 'sector', 'chapter', 'heading', 'subheading']) as product_level,
        newest_month(kind) as at
)

select
    b.title as product,
    b.code as product_code,
    t.period_start as month,
    t.n_events_previous,
    t.n_events,
    round(100 * t.n_events_change_ratio, 1) as change_pct,
    round(100 * t.change_low, 1) as at_least_pct,
    t.trend,
    t.trend_reason,
    round(t.placed_ratio, 2) as placed_ratio
from asked
inner join below(product) as b on b.level = asked.product_level
inner join trends as t
    on t.product_code = b.code and t.kind = asked.event_kind and t.place_code = asked.place_code
    and t.period_start = asked.at
where
    t.period_level = 'month'
    and case when only_called then t.trend in ('rising', 'new') else t.trend = 'new' or t.n_events_change_ratio > 0 end
order by t.trend in ('rising', 'new') desc, t.q_value nulls last, t.n_events_change_ratio desc nulls last, b.code;
