-- Accounts that share keys, and those keys, as dense numbers. Grain: one row per account and shared key.
with shared as (
    select epoch, kind, key, row_number() over (order by epoch, kind, key) - 1 as key_no
    from (
        select epoch, kind, key from account_keys where kind <> 'account' group by epoch, kind, key having count(*) > 1
    )
)

select account_numbers.account_no as account, shared.key_no as key
from account_keys
inner join shared
    on shared.epoch = account_keys.epoch and shared.kind = account_keys.kind and shared.key = account_keys.key
inner join account_numbers
    on account_numbers.epoch = account_keys.epoch and account_numbers.account = account_keys.account
