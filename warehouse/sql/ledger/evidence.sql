-- What each contributor holds in each of a night's classes, the first month it was active in, and the last day and the
-- first of its events there whose amount is known. Grain: one row per class, contributor and measure.
with events as (
    select
        pool.class_no,
        contributor_of.contributor,
        contributor_of.is_counting,
        contributor_of.first_month,
        pool.occurred_on,
        pool.unit,
        pool.quantity_milli,
        pool.value_cents,
        coalesce(latest.quotes_received, pool.quotes_received) as quotes_received
    from pool
    inner join contributor_of on contributor_of.epoch = pool.epoch and contributor_of.account = pool.account
    left join (
        select feed, event_key, quotes_received from updates
        qualify row_number() over (partition by feed, event_key order by night desc) = 1
    ) as latest on latest.feed = pool.feed and latest.event_key = pool.event_key
    where pool.fate = 'classed' and pool.fate_night = $night
)

select class_no as group_no, 'n_events' as measure, contributor, is_counting, first_month,
    min(occurred_on) as first_day, max(occurred_on) as last_day, cast(count(*) as bigint) as amount
from events
group by all
union all
select class_no, 'value_usd', contributor, is_counting, first_month,
    min(occurred_on) as first_day, max(occurred_on) as last_day, cast(sum(value_cents) as bigint)
from events where value_cents is not null group by all
union all
select class_no, 'quotes_received', contributor, is_counting, first_month,
    min(occurred_on) as first_day, max(occurred_on) as last_day, cast(sum(quotes_received) as bigint)
from events where quotes_received is not null group by all
union all
select class_no, concat('quantity_', unit), contributor, is_counting, first_month,
    min(occurred_on) as first_day, max(occurred_on) as last_day, cast(sum(quantity_milli) as bigint)
from events where quantity_milli is not null and unit is not null and unit <> 'other' group by all
