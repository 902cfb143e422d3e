-- asked_for(product, place := 'world', month := null): which materials, certificates, attributes, grades and sizes are
-- asked for, by sector and sub-region, in a month (default: the newest that tells of these sectors). What is finer is
-- answered by the sector or sub-region that holds it; is_wider then says so. Most contributors first; each band holds
-- in 95 of 100 cases. Example: from asked_for('textiles', place := 'Africa')
create macro asked_for(product, place := 'world', month := null) as table
with recursive asked as materialized (
    select
        product_of(product) as product_code,
        place_of(place) as place_code,
        cast(month as text) as given,
        case
            when regexp_full_match(cast(month as text), '\d{4}-\d\d(-\d\d.*)?') then left(cast(month as text), 7)
        end as text
),

beneath_product as (
    select products.code, products.level from products inner join asked on asked.product_code = products.code
    union all
    select products.code, products.level
    from products
    inner join beneath_product on beneath_product.code = products.parent
),

beneath_place as (
    select places.code, places.level from places inner join asked on asked.place_code = places.code
    union all
    select places.code, places.level from places inner join beneath_place on beneath_place.code = places.parent
),

above_product as (
    select products.code, products.level, products.parent
    from products
    inner join asked on asked.product_code = products.code
    union all
    select products.code, products.level, products.parent
    from products
    inner join above_product on above_product.parent = products.code
),

above_place as (
    select places.code, places.level, places.parent from places inner join asked on asked.place_code = places.code
    union all
    select places.code, places.level, places.parent
    from places
    inner join above_place on above_place.parent = places.code
),

sectors as materialized (
    select beneath_product.code from beneath_product where beneath_product.level = 'sector'
    union
    select above_product.code from above_product where above_product.level = 'sector'
),

subregions as materialized (
    select beneath_place.code from beneath_place where beneath_place.level = 'subregion'
    union
    select above_place.code from above_place where above_place.level = 'subregion'
),

chosen as materialized (
    select
        case
            -- Nothing of these sectors is asked for often enough to be told: an answer, and no mistake of who asks.
            when count(sectors.code) = 0 then null
            when max(asked.given) is null then max(t.period_start) filter (where sectors.code is not null)
            when count(sectors.code) filter (where strftime(t.period_start, '%Y-%m') = asked.text) > 0
                then max(t.period_start) filter (where strftime(t.period_start, '%Y-%m') = asked.text)
            else error('no term of ' || max(asked.product_code) || ' is told of month ' || max(asked.given)
                || '; months are written 2026-01 and go from '
                || strftime(min(t.period_start) filter (where sectors.code is not null), '%Y-%m') || ' to '
                || strftime(max(t.period_start) filter (where sectors.code is not null), '%Y-%m'))
        end as month
    from asked
    left join terms as t on true
    left join sectors on sectors.code = t.product_code
)

select
    t.term_en as term,
    t.term_kind as kind,
    places.title as place,
    t.period_start as month,
    t.contributors_low,
    t.contributors_high,
    t.trend,
    t.term_rank as rank_there,
    t.product_code as sector,
    t.product_code not in (select beneath_product.code from beneath_product)
    or t.place_code not in (select beneath_place.code from beneath_place) as is_wider
from chosen
inner join terms as t on t.period_start = chosen.month
inner join sectors on sectors.code = t.product_code
inner join subregions on subregions.code = t.place_code
inner join places on places.code = t.place_code
order by t.contributors_low desc, t.contributors_high desc, t.term_rank, t.place_code, t.product_code, t.term;
