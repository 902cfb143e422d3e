-- What leaves the ledger with each epoch that closes. Grain: one row per epoch.
select
    epochs.epoch,
    (select count(*) from pool where pool.epoch = epochs.epoch and pool.fate = 'destroyed') as n_destroyed,
    (select count(*) from seen where seen.epoch = epochs.epoch) as n_event_keys,
    (
        select count(distinct account_keys.account) from account_keys where account_keys.epoch = epochs.epoch
    ) as n_accounts
from epochs
where epochs.epoch <= $closed_epoch
order by epochs.epoch
