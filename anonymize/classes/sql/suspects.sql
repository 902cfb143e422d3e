-- Only groups that peeling may save are held on to while it goes on; `settled` keeps the others that passed.
create or replace temp table settled as
select holdings.*
from holdings
inner join passing on passing.group_no = holdings.group_no;

create or replace temp table holdings as
select holdings.*
from holdings
inner join (select distinct group_no from asked) as enough on enough.group_no = holdings.group_no
left join passing on passing.group_no = holdings.group_no
where passing.group_no is null
