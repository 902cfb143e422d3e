-- The events of classes that were split move to their tiers, and what those classes said is taken back.
update placed
set class_no = tier_spots.tier_no
from priced
inner join tier_spots on tier_spots.spot = priced.spot
where priced.event_no = placed.event_no;

delete from found_measures where class_no in (select split_classes.class_no from split_classes)
