-- pooled: what the ladder may take tonight (columns: anonymize.classes.ladder.POOLED_COLUMNS).
-- An event is settled when its feed says so, or when it is old enough for its feed.
create or replace temp table pooled as
with latest as (
    select feed, event_key, is_settled, quotes_received
    from updates
    qualify row_number() over (partition by feed, event_key order by night desc) = 1
)

select
    pool.event_no,
    pool.kind,
    pool.occurred_on,
    coalesce(latest.is_settled, pool.is_settled)
    or pool.occurred_on + cast(coalesce(settling.days, 0) as integer) <= $night as is_settled,
    contributor_of.contributor,
    contributor_of.is_counting,
    contributor_of.first_month,
    case when pool.supplier is not null then dense_rank() over (order by pool.supplier nulls last) end as supplier,
    pool.product_code,
    pool.country,
    pool.unit,
    pool.quantity_milli,
    pool.value_cents,
    coalesce(latest.quotes_received, pool.quotes_received) as quotes_received
from pool
inner join contributor_of on contributor_of.epoch = pool.epoch and contributor_of.account = pool.account
left join latest on latest.feed = pool.feed and latest.event_key = pool.event_key
left join settling on settling.feed = pool.feed
where pool.fate is null
