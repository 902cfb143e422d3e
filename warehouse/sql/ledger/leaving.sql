-- What leaves the ledger with an epoch whose key is destroyed before its time. Grain: one row.
select
    (select count(*) from pool where pool.epoch = $epoch and pool.fate is null) as n_destroyed,
    (select count(*) from seen where seen.epoch = $epoch) as n_event_keys,
    (select count(distinct account_keys.account) from account_keys where account_keys.epoch = $epoch) as n_accounts
