-- Accounts and the keys they were seen with, as dense numbers. Grain: one row per account and key.
with keys as (
    select epoch, kind, key, row_number() over (order by epoch, kind, key) - 1 as key_no
    from (select distinct epoch, kind, key from account_keys)
)

select account_numbers.account_no as account, keys.key_no as key
from account_keys
inner join account_numbers
    on account_numbers.epoch = account_keys.epoch and account_numbers.account = account_keys.account
inner join keys on keys.epoch = account_keys.epoch and keys.kind = account_keys.kind and keys.key = account_keys.key
