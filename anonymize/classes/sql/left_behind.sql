-- left_behind: the events of peeled contributors at the spots of groups that became classes.
-- Grain: one row per event.
create or replace temp table left_behind as
with leavers as (
    select peeled.group_no, peeled.contributor
    from peeled
    inner join passing on passing.group_no = peeled.group_no
),

theirs as (
    select * from waiting where contributor in (select leavers.contributor from leavers)
)

select theirs.*
from theirs
inner join spot_groups on spot_groups.spot = theirs.spot
inner join leavers on leavers.group_no = spot_groups.group_no and leavers.contributor = theirs.contributor
