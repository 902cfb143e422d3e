-- Estimates of one night's draws, as they are kept. Grain: one row per kind, month, product and place.
select kind, month, product_code, place_code, events_centi, events_margin_centi, value_cents, value_margin_cents
from estimates
where night = $night
order by kind, month, product_code, place_code
