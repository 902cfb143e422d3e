-- account_numbers: a dense number for every account of every epoch.
create or replace temp table account_numbers as
select epoch, account, row_number() over (order by epoch, account) - 1 as account_no
from (select distinct epoch, account from account_keys)
