-- counting_accounts: accounts that met the policy's condition. One row per epoch and account.
insert into counting_accounts
select distinct arrived.epoch, arrived.key_account as account, cast($night as date) as night
from arrived
where
    arrived.is_counting
    and not exists (
        select 1 from counting_accounts as known
        where known.epoch = arrived.epoch and known.account = arrived.key_account
    )
