-- waiting: what stands at the spots that improvement looks at, be it in a class or not; events that a class left behind
-- stand at the twin of their spot. Grain: one row per event.
create or replace temp table waiting as
select
    open_spots.spot,
    standing.contributor,
    standing.is_counting,
    standing.is_seasoned,
    standing.supplier,
    standing.value_cents,
    standing.attribute
from standing
left join (select spot, contributor, max(twin) as twin from moves group by spot, contributor) as moved
    on moved.spot = standing.spot and moved.contributor = standing.contributor
inner join open_spots on open_spots.spot = coalesce(moved.twin, standing.spot)
