-- contributor_of: the contributor behind each account, and whether it counts: one of its accounts must.
-- Grain: one row per epoch and account.
create or replace temp table contributor_of as
select
    account_numbers.epoch,
    account_numbers.account,
    components.contributor,
    bool_or(counting_accounts.account is not null) over (partition by components.contributor) as is_counting
from components
inner join account_numbers on account_numbers.account_no = components.account
left join counting_accounts
    on counting_accounts.epoch = account_numbers.epoch and counting_accounts.account = account_numbers.account
