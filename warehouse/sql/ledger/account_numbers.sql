-- account_numbers: a dense number for every account that shares a key with another one; all others stand for
-- themselves. Grain: one row per epoch and account.
create or replace temp table account_numbers as
with shared as (
    select epoch, kind, key from account_keys where kind <> 'account' group by epoch, kind, key having count(*) > 1
)

select
    told.epoch,
    told.account,
    row_number() over (order by told.epoch, told.account) - 1 as account_no
from (
    select distinct account_keys.epoch, account_keys.account
    from account_keys
    inner join shared
        on shared.epoch = account_keys.epoch and shared.kind = account_keys.kind and shared.key = account_keys.key
) as told
