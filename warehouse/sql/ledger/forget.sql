-- What the pool and the key tables hold of the accounts in `forgotten` leaves. Accounts that only one of them joined
-- stay one contributor: they get a key in common that says nothing.
insert into account_keys
select distinct others.epoch, others.account, 'joined' as kind, cast($receipt as blob) as key, $night as night
from account_keys as others
inner join account_keys as theirs
    on theirs.epoch = others.epoch and theirs.kind = others.kind and theirs.key = others.key
inner join forgotten on forgotten.epoch = theirs.epoch and forgotten.account = theirs.account
where
    not exists (select 1 from forgotten where forgotten.epoch = others.epoch and forgotten.account = others.account);
delete from updates where exists (
    select 1 from pool
    inner join forgotten on forgotten.epoch = pool.epoch and forgotten.account = pool.account
    where pool.feed = updates.feed and pool.event_key = updates.event_key
);
delete from pool where exists (
    select 1 from forgotten where forgotten.epoch = pool.epoch and forgotten.account = pool.account
);
delete from asked_terms where exists (
    select 1 from forgotten where forgotten.epoch = asked_terms.epoch and forgotten.account = asked_terms.account
);
delete from counting_accounts where exists (
    select 1 from forgotten
    where forgotten.epoch = counting_accounts.epoch and forgotten.account = counting_accounts.account
);
delete from first_months where exists (
    select 1 from forgotten
    where forgotten.epoch = first_months.epoch and forgotten.account = first_months.account
);
delete from account_keys where exists (
    select 1 from forgotten where forgotten.epoch = account_keys.epoch and forgotten.account = account_keys.account
);
insert into compaction_due values ('an account was erased');
