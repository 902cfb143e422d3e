-- first_months: the first month in which an account was active, each time an earlier one becomes known; the least counts.
-- An account of the year before is known by its pseudonym under that year's key, and told to be of that year's last
-- month: more is not asked. The year before must have been there on an earlier night, so that a rerun finds the same.
-- Grain: one row per epoch, account and month.
insert into first_months
with told as (
    select epoch, key_account as account, cast(date_trunc('month', min(occurred_on)) as date) as month
    from arrived
    group by epoch, key_account
)

select told.epoch, told.account, told.month, $night as night
from told
left join (select epoch, account, min(month) as month from first_months group by epoch, account) as known
    on known.epoch = told.epoch and known.account = told.account
where known.month is null or told.month < known.month;
insert into first_months
with told as (
    select distinct arrived.epoch, arrived.key_account as account, make_date(arrived.epoch - 1, 12, 1) as month
    from arrived
    inner join epochs on epochs.epoch = arrived.epoch - 1
    inner join first_months on first_months.epoch = arrived.epoch - 1 and first_months.account = arrived.key_account_before
)

select told.epoch, told.account, told.month, $night as night
from told
where not exists (
    select 1 from first_months as known
    where known.epoch = told.epoch and known.account = told.account and known.month = told.month
)
