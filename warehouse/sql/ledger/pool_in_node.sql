-- What still waits at or below one node of demand. Grain: one row per product level, whether the country is known, and
-- day of the event.
-- Reads: pool, node_products (code, level) and node_countries (country): the products and countries within the node;
-- $is_world: whether events of an unknown country belong to it too.
select
    node_products.level as product_level,
    pool.country is not null as is_country_known,
    pool.occurred_on,
    count(*) as n_events
from pool
inner join node_products on node_products.code = pool.product_code
left join node_countries on node_countries.country = pool.country
where
    pool.fate is null
    and pool.kind = $kind
    and pool.occurred_on between $first and $last
    and (node_countries.country is not null or pool.country is null and $is_world)
group by all
order by all
