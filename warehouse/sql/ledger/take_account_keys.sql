-- account_keys: which keys an account was seen with. One row per epoch, account and key.
insert into account_keys
with told as (
    select epoch, key_account as account, 'account' as kind, key_account as key from arrived
    union
    select epoch, key_account, 'email', key_email from arrived where key_email is not null
    union
    select epoch, key_account, 'domain', key_domain from arrived where key_domain is not null
    union
    select epoch, key_account, 'company', key_company from arrived where key_company is not null
    union
    select epoch, key_account, 'phone', key_phone from arrived where key_phone is not null
    union
    select epoch, key_account, 'tax', key_tax from arrived where key_tax is not null
    union
    select epoch, key_account, 'payment', key_payment from arrived where key_payment is not null
)

select told.epoch, told.account, told.kind, told.key, $night as night
from told
where not exists (
    select 1 from account_keys as known
    where known.epoch = told.epoch and known.account = told.account and known.kind = told.kind and known.key = told.key
)
