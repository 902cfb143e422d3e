-- contributor_of: the contributor behind each account of the pool, and whether it counts: one of its accounts must,
-- in the pool or not. An account that no key joins with another is a contributor of its own, below zero.
-- Grain: one row per epoch and account.
create or replace temp table contributor_of as
with waiting as (
    select distinct pool.epoch, pool.account
    from pool
    inner join account_keys
        on
            account_keys.kind = 'account'
            and account_keys.epoch = pool.epoch
            and account_keys.account = pool.account
),

counting as (
    select distinct components.contributor
    from counting_accounts
    inner join account_numbers
        on
            account_numbers.epoch = counting_accounts.epoch
            and account_numbers.account = counting_accounts.account
    inner join components on components.account = account_numbers.account_no
)

select
    waiting.epoch,
    waiting.account,
    coalesce(components.contributor, -row_number() over (order by waiting.epoch, waiting.account)) as contributor,
    counting.contributor is not null
    or (components.contributor is null and counting_accounts.account is not null) as is_counting
from waiting
left join account_numbers
    on account_numbers.epoch = waiting.epoch and account_numbers.account = waiting.account
left join components on components.account = account_numbers.account_no
left join counting on counting.contributor = components.contributor
left join counting_accounts
    on counting_accounts.epoch = waiting.epoch and counting_accounts.account = waiting.account
