-- The steps of the price grid in which each class with room has events, `step` null for those without a price.
-- Grain: one row per class and step.
select class_no, price_unit, step, spot, cast(count(*) as bigint) as n_events
from priced
group by class_no, price_unit, step, spot
order by spot
