-- asked: only groups with enough counting contributors are asked further. Grain: one row per group and measure.
create or replace temp table asked as
select asked.group_no, asked.measure
from asked
inner join sums on sums.group_no = asked.group_no and sums.measure = 'n_events' and sums.n_counting >= $k;

delete from sums where n_counting < $k
