-- opportunities(product, kind := 'rfq', level := 'country', least := 1): markets of a product, best score first, then
-- by the part of demand alone; at least `least` events. Grades go from 1 to 5; a null one has its reason in its status:
-- placed_low (half or more of what it would rest on is known only coarsely) or none (nothing is known). The last column
-- says which product was found; subheadings have no score. Example: from opportunities('6109', least := 5)
create macro opportunities(product, kind := 'rfq', level := 'country', least := 1) as table
with asked as materialized (
    select
        product_of(product) as product_code,
        kind_of(kind) as event_kind,
        level_of(level, ['subregion', 'country']) as place_level
)

select
    row_number() over (order by o.score desc nulls last, o.demand_part desc, o.place_code) as rank,
    places.title as place,
    o.place_code,
    o.window_start,
    o.window_end,
    o.n_events,
    round(o.location_quotient, 2) as location_quotient,
    o.demand_grade,
    o.growth_grade,
    o.supply_gap_grade,
    round(o.quotes_per_rfq, 1) as quotes_per_rfq,
    round(o.score) as score,
    round(o.placed_ratio, 2) as placed_ratio,
    o.demand_status,
    o.growth_status,
    o.supply_gap_status,
    o.product_code
from asked
inner join opportunity as o
    on o.kind = asked.event_kind and o.place_level = asked.place_level and o.product_code = asked.product_code
inner join places on places.code = o.place_code
where o.n_events >= least
order by rank;
