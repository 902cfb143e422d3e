-- leave: what became part of a class waits no longer.
delete from waiting
where event_no in (
    select members.event_no from members inner join safe on safe.group_no = members.group_no
)
