-- pool: events of opted-out accounts, and of every account that keys join to one of them, leave.
with contributors as (
    select distinct components.contributor
    from opted_out
    inner join account_numbers
        on account_numbers.epoch = opted_out.epoch and account_numbers.account = opted_out.account
    inner join components on components.account = account_numbers.account_no
),

leaving as (
    select contributor_of.epoch, contributor_of.account
    from contributor_of
    left join opted_out on opted_out.epoch = contributor_of.epoch and opted_out.account = contributor_of.account
    left join contributors on contributors.contributor = contributor_of.contributor
    where opted_out.account is not null or contributors.contributor is not null
)

update pool
set fate = 'opted_out', fate_night = $night
from leaving
where pool.fate is null and leaving.epoch = pool.epoch and leaving.account = pool.account
