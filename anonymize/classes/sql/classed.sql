-- classed: appends the events of the safe groups of a rung.
-- Grain: one row per event; an event stands in at most one class.
insert into classed
select members.event_no, safe.class_no
from members
inner join safe on safe.group_no = members.group_no
