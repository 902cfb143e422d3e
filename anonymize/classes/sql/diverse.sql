-- passing: less the groups that know the policy's attribute of somebody and hold fewer than l values of it, what peeled
-- contributors bought aside. Grain: one row per group.
create or replace temp table passing as
with known as (
    select spot_groups.group_no, waiting.is_counting, waiting.attribute
    from waiting
    inner join spot_groups on spot_groups.spot = waiting.spot
    inner join passing on passing.group_no = spot_groups.group_no
    left join peeled on peeled.group_no = spot_groups.group_no and peeled.contributor = waiting.contributor
    where waiting.attribute is not null and peeled.group_no is null
),

uniform as (
    select group_no
    from known
    group by group_no
    having count(distinct case when is_counting then attribute end) < $l
)

select passing.group_no
from passing
left join uniform on uniform.group_no = passing.group_no
where uniform.group_no is null
