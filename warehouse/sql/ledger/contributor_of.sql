-- contributor_of: the contributor behind each account of the pool, whether it counts (one of its accounts must, in the
-- pool or not) and the first month in which any of its accounts was active. An account that no key joins with another is a contributor of its own, below zero.
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
),

first_known as (
    select epoch, account, min(month) as month from first_months group by epoch, account
),

seasons as (
    select components.contributor, min(first_known.month) as month
    from first_known
    inner join account_numbers
        on account_numbers.epoch = first_known.epoch and account_numbers.account = first_known.account
    inner join components on components.account = account_numbers.account_no
    group by components.contributor
)

select
    waiting.epoch,
    waiting.account,
    coalesce(components.contributor, -row_number() over (order by waiting.epoch, waiting.account)) as contributor,
    counting.contributor is not null
    or (components.contributor is null and counting_accounts.account is not null) as is_counting,
    coalesce(seasons.month, first_known.month) as first_month
from waiting
left join account_numbers
    on account_numbers.epoch = waiting.epoch and account_numbers.account = waiting.account
left join components on components.account = account_numbers.account_no
left join counting on counting.contributor = components.contributor
left join seasons on seasons.contributor = components.contributor
left join first_known on first_known.epoch = waiting.epoch and first_known.account = waiting.account
left join counting_accounts
    on counting_accounts.epoch = waiting.epoch and counting_accounts.account = waiting.account
