-- standing: what may become part of a class tonight, and the spot at which it stands (market.py tells how a spot's
-- number is made). Nodes are numbers of product_path and place_path.
-- Grain: one row per settled event of the pool.
create or replace temp table standing as
select
    pooled.event_no,
    ((cast(kinds.no as bigint) * $n_products + product_path.no) * $n_places + place_path.no) * $n_days
    + date_diff('day', cast($first_day as date), pooled.occurred_on) as spot,
    pooled.contributor,
    pooled.is_counting,
    -- known to have been active in a month before the event's, or the event lies before the policy asks for it
    coalesce(pooled.first_month < cast(date_trunc('month', pooled.occurred_on) as date), false)
    or coalesce(pooled.occurred_on < cast($seasoned_from as date), false) as is_seasoned,
    pooled.supplier,
    pooled.value_cents,
    pooled.quotes_received,
    -- values are told apart, no more; so many quotes that they do not fit count as equal
    cast(case $attribute
        when 'supplier' then pooled.supplier
        when 'product' then product_path.no
        when 'country' then case when pooled.country is not null then place_path.no end
        when 'quotes'
            then case when pooled.quotes_received is not null then least(pooled.quotes_received, 2147483647) end
    end as integer) as attribute,
    pooled.unit,
    case when pooled.unit is not null then pooled.quantity_milli end as quantity_milli
from pooled
inner join kinds on kinds.kind = pooled.kind
inner join product_path on product_path.code = pooled.product_code
inner join place_path on place_path.code = coalesce(pooled.country, '001')
where pooled.is_settled
