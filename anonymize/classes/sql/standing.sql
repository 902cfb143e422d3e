-- standing: the contributors of every group that a rung makes of what is waiting.
-- Grain: one row per kind, product node, place node, period and contributor.
create or replace temp table standing as
with placed as (
    select
        kind,
        contributor,
        is_counting,
        value_cents,
        case $product
            when 'subheading' then subheading when 'heading' then heading when 'chapter' then chapter
            when 'sector' then sector when 'all' then product_all
        end as product,
        case $place
            when 'country' then country when 'subregion' then subregion when 'region' then region
            when 'world' then world
        end as place,
        case $period
            when 'day' then day when 'dekad' then dekad when 'month' then month when 'quarter' then quarter
            when 'year' then year
        end as period_start
    from waiting
)

select
    kind,
    product,
    place,
    period_start,
    contributor,
    is_counting,
    count(*) as n_events,
    sum(value_cents) as value_cents
from placed
where product is not null and place is not null and period_start < $open_from
group by kind, product, place, period_start, contributor, is_counting
