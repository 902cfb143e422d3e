-- What contributors that count asked for in a month, as contributors are known tonight. A contributor is called by the
-- least pseudonym of its accounts that asked for anything.
-- Grain: one row per contributor and cell (by its number) of the key domain. Never leaves the night's transaction.
with asked as (
    select distinct
        asked_terms.epoch, asked_terms.account, numbered_cells.cell, components.contributor
    from asked_terms
    inner join numbered_cells
        on
            numbered_cells.term = asked_terms.term
            and numbered_cells.product_code = asked_terms.product_code
            and numbered_cells.place_code = asked_terms.place_code
    left join account_numbers
        on account_numbers.epoch = asked_terms.epoch and account_numbers.account = asked_terms.account
    left join components on components.account = account_numbers.account_no
    where asked_terms.month = $month and asked_terms.fate_night is null
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

names as (
    select contributor, min(account) as name from asked where contributor is not null group by contributor
)

select distinct coalesce(names.name, asked.account) as contributor, asked.cell
from asked
left join names on names.contributor = asked.contributor
left join counting on counting.contributor = asked.contributor
left join counting_accounts
    on
        asked.contributor is null
        and counting_accounts.epoch = asked.epoch
        and counting_accounts.account = asked.account
where counting.contributor is not null or counting_accounts.account is not null
