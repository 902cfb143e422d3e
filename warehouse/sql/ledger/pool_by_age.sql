-- What still waits, by what is known of it. Grain: one row per kind, product level, whether the country is known, day of
-- the event, arrival night and whether the event is settled.
-- Reads: pool, updates, settling (feed, days), product_levels (code, level).
with latest as (
    select feed, event_key, is_settled
    from updates
    qualify row_number() over (partition by feed, event_key order by night desc) = 1
)

select
    pool.kind,
    product_levels.level as product_level,
    pool.country is not null as is_country_known,
    pool.occurred_on,
    pool.night as arrived_on,
    coalesce(latest.is_settled, pool.is_settled)
    or pool.occurred_on + cast(coalesce(settling.days, 0) as integer) <= $night as is_settled,
    count(*) as n_events
from pool
inner join product_levels on product_levels.code = pool.product_code
left join latest on latest.feed = pool.feed and latest.event_key = pool.event_key
left join settling on settling.feed = pool.feed
where pool.fate is null
group by all
order by all
