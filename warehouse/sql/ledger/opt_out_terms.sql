-- asked_terms: what opted-out accounts asked for, and every account that keys join to one of them, leaves.
with contributors as (
    select distinct components.contributor
    from opted_out
    inner join account_numbers
        on account_numbers.epoch = opted_out.epoch and account_numbers.account = opted_out.account
    inner join components on components.account = account_numbers.account_no
),

leaving as (
    select epoch, account from opted_out
    union
    select account_numbers.epoch, account_numbers.account
    from account_numbers
    inner join components on components.account = account_numbers.account_no
    inner join contributors on contributors.contributor = components.contributor
)

update asked_terms
set fate_night = $night
from leaving
where asked_terms.fate_night is null and leaving.epoch = asked_terms.epoch and leaving.account = asked_terms.account
