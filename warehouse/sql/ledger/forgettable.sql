-- What the ledger holds of the accounts in `forgotten`. Grain: one row.
select
    (
        select count(*) from pool
        inner join forgotten on forgotten.epoch = pool.epoch and forgotten.account = pool.account
    ) as n_pooled,
    (
        select count(*) from account_keys
        inner join forgotten on forgotten.epoch = account_keys.epoch and forgotten.account = account_keys.account
    ) as n_keys
