-- What the ledger holds of the accounts in `forgotten`. Grain: one row.
select
    (
        select count(*) from pool
        inner join forgotten on forgotten.epoch = pool.epoch and forgotten.account = pool.account
    ) as n_pooled,
    (
        select count(*) from account_keys
        inner join forgotten on forgotten.epoch = account_keys.epoch and forgotten.account = account_keys.account
    ) as n_keys,
    (
        select count(*) from asked_terms
        inner join forgotten on forgotten.epoch = asked_terms.epoch and forgotten.account = asked_terms.account
    ) as n_terms
