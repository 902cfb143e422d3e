-- Every published class that lies within one node of demand, or overlaps it without lying inside.
-- Grain: one row per class, `is_inside` tells which. Two classes overlap where, along each dimension, one of them lies
-- within the other; hierarchies nest, so a class either lies inside the node, overlaps it, or has nothing to do with it.
-- Reads: classes, products, places; parameters: kind, product, place, first, last.
with recursive product_above (code, parent) as (
    select code, parent from products where code = $product
    union all
    select products.code, products.parent
    from products
    inner join product_above on products.code = product_above.parent
),

product_below (code) as (
    select code from products where code = $product
    union all
    select products.code
    from products
    inner join product_below on products.parent = product_below.code
),

place_above (code, parent) as (
    select code, parent from places where code = $place
    union all
    select places.code, places.parent
    from places
    inner join place_above on places.code = place_above.parent
),

place_below (code) as (
    select code from places where code = $place
    union all
    select places.code
    from places
    inner join place_below on places.parent = place_below.code
),

related_products as (
    select code, true as is_inside from product_below
    union all
    select code, false from product_above where code <> $product
),

related_places as (
    select code, true as is_inside from place_below
    union all
    select code, false from place_above where code <> $place
)

select
    classes.release_id,
    classes.class_id,
    related_products.is_inside
    and related_places.is_inside
    and classes.period_start >= $first
    and classes.period_end <= $last as is_inside,
    classes.product_level,
    classes.product_code,
    classes.place_level,
    classes.place_code,
    classes.period_level,
    classes.period_start,
    classes.n_events,
    classes.n_contributors,
    classes.value_usd,
    classes.value_status,
    classes.quotes_status,
    classes.quantity_count_status,
    classes.quantity_pair_status,
    classes.quantity_set_status,
    classes.quantity_kg_status,
    classes.quantity_m_status,
    classes.quantity_m2_status,
    classes.quantity_l_status,
    classes.quantity_container_status
from classes
inner join related_products on related_products.code = classes.product_code
inner join related_places on related_places.code = classes.place_code
where
    classes.kind = $kind
    and (
        classes.period_start >= $first and classes.period_end <= $last
        or classes.period_start <= $first and classes.period_end >= $last
    )
order by classes.release_id, classes.class_id
