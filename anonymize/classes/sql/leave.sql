-- waiting: without what became part of classes. Run when less than half still waits, so that it costs little.
create or replace temp table waiting as
select waiting.*
from waiting
inner join left_spots on left_spots.spot = waiting.spot
