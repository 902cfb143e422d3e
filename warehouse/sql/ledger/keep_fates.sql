-- pool: which events became part of which class tonight.
update pool
set fate = 'classed', fate_night = $night, class_no = classed.class_no
from classed
where classed.event_no = pool.event_no
