-- What each supplier sold to each contributor in each of a night's classes: what a supplier reads in its own books.
-- Grain: one row per class, measure, supplier and contributor.
with events as (
    select
        pool.class_no,
        contributor_of.contributor,
        dense_rank() over (order by pool.supplier) as supplier,
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
    where pool.fate = 'classed' and pool.fate_night = $night and pool.supplier is not null
)

select class_no as group_no, 'n_events' as measure, supplier, contributor, cast(count(*) as bigint) as amount
from events
group by all
union all
select class_no, 'value_usd', supplier, contributor, cast(sum(value_cents) as bigint)
from events where value_cents is not null group by all
union all
select class_no, 'quotes_received', supplier, contributor, cast(sum(quotes_received) as bigint)
from events where quotes_received is not null group by all
union all
select class_no, concat('quantity_', unit), supplier, contributor, cast(sum(quantity_milli) as bigint)
from events where quantity_milli is not null and unit is not null and unit <> 'other' group by all
