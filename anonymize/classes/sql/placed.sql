-- placed: the events of all classes, assigned once, with their amounts.
-- Grain: one row per event; an event stands in at most one class.
create or replace temp table placed as
select
    standing.event_no,
    spot_classes.class_no,
    standing.contributor,
    standing.is_counting,
    standing.is_seasoned,
    standing.supplier,
    standing.quotes_received,
    standing.unit,
    standing.quantity_milli,
    standing.value_cents,
    standing.attribute
from standing
left join (select spot, contributor, max(twin) as twin from moves group by spot, contributor) as moved
    on moved.spot = standing.spot and moved.contributor = standing.contributor
inner join spot_classes on spot_classes.spot = coalesce(moved.twin, standing.spot)
