-- waiting: what may still become part of a class tonight.
-- Grain: one row per settled event of the pool; every level of every hierarchy as a column, null where the event
-- stands coarser than that level. Nodes are numbers of product_path and place_path; the roots are always known.
create or replace temp table waiting as
select
    pooled.event_no,
    pooled.kind,
    pooled.contributor,
    pooled.is_counting,
    pooled.supplier,
    pooled.value_cents,
    product_path.root as product_all,
    product_path.sector,
    product_path.chapter,
    product_path.heading,
    product_path.subheading,
    place_path.root as world,
    place_path.region,
    place_path.subregion,
    place_path.country,
    pooled.occurred_on as day,
    make_date(
        year(pooled.occurred_on),
        month(pooled.occurred_on),
        case when day(pooled.occurred_on) <= 10 then 1 when day(pooled.occurred_on) <= 20 then 11 else 21 end
    ) as dekad,
    cast(date_trunc('month', pooled.occurred_on) as date) as month,
    cast(date_trunc('quarter', pooled.occurred_on) as date) as quarter,
    cast(date_trunc('year', pooled.occurred_on) as date) as year
from pooled
inner join product_path on product_path.code = pooled.product_code
inner join place_path on place_path.code = coalesce(pooled.country, '001')
where pooled.is_settled
