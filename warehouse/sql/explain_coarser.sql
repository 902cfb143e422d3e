-- The row of one node in demand and those of every node that holds it, nearest first: fewest steps up, all dimensions
-- together. Grain: one row per node of the same kind; `n_steps` 0 is the node itself.
-- Reads: demand, products, places; parameters: kind, product, place, first, last.
with recursive product_above (code, parent, n_steps) as (
    select code, parent, 0 from products where code = $product
    union all
    select products.code, products.parent, product_above.n_steps + 1
    from products
    inner join product_above on products.code = product_above.parent
),

place_above (code, parent, n_steps) as (
    select code, parent, 0 from places where code = $place
    union all
    select places.code, places.parent, place_above.n_steps + 1
    from places
    inner join place_above on places.code = place_above.parent
),

period_above as (
    select
        period_level,
        period_start,
        period_end,
        row_number() over (order by period_end - period_start) - 1 as n_steps
    from (
        select distinct period_level, period_start, period_end
        from demand
        where period_start <= $first and period_end >= $last
        union
        select $level, $first, $last
    ) as periods
)

select
    product_above.n_steps + place_above.n_steps + period_above.n_steps as n_steps,
    demand.product_level,
    demand.product_code,
    demand.place_level,
    demand.place_code,
    demand.period_level,
    demand.period_start,
    demand.n_events,
    demand.value_usd,
    demand.contributors_min,
    demand.contributors_max,
    demand.placed_ratio
from demand
inner join product_above on product_above.code = demand.product_code
inner join place_above on place_above.code = demand.place_code
inner join period_above
    on period_above.period_level = demand.period_level and period_above.period_start = demand.period_start
where demand.kind = $kind and demand.nes is null
order by
    n_steps, period_above.n_steps, place_above.n_steps, product_above.n_steps
