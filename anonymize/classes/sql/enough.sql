-- asked: only groups with enough counting contributors, and enough seasoned ones, are asked further. Grain: one row per group and measure.
create or replace temp table asked as
select asked.group_no, asked.measure
from asked
inner join sums
    on
        sums.group_no = asked.group_no
        and sums.measure = 'n_events'
        and sums.n_counting >= $k
        and sums.n_seasoned >= $k_seasoned;

delete from sums where n_counting < $k or n_seasoned < $k_seasoned
