-- opportunities(product, kind := 'rfq', level := 'country', least := 1): markets of a product, best score first, then
-- by the part of demand alone; at least `least` events. Grades go from 1 to 5; the dictionary tells how they are made.
create macro opportunities(product, kind := 'rfq', level := 'country', least := 1) as table
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
    round(o.placed_ratio, 2) as placed_ratio
from opportunity as o
inner join places on places.code = o.place_code
where o.kind = kind and o.place_level = level and o.product_code = product_of(product) and o.n_events >= least
order by rank;
