-- Values of one attribute in each of a night's classes, suppliers as numbers. Grain: one row per class, value (null where
-- not known) and whether somebody who counts has it.
with latest as (
    select feed, event_key, quotes_received from updates
    qualify row_number() over (partition by feed, event_key order by night desc) = 1
)

select distinct
    pool.class_no as group_no,
    contributor_of.is_counting,
    case $attribute
        when 'supplier'
            then case when pool.supplier is not null then cast(dense_rank() over (order by pool.supplier) as text) end
        when 'product' then pool.product_code
        when 'country' then pool.country
        when 'quotes' then cast(coalesce(latest.quotes_received, pool.quotes_received) as text)
    end as value
from pool
inner join contributor_of on contributor_of.epoch = pool.epoch and contributor_of.account = pool.account
left join latest on latest.feed = pool.feed and latest.event_key = pool.event_key
where pool.fate = 'classed' and pool.fate_night = $night
