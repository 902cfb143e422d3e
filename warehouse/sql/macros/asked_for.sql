-- asked_for(product, place := 'world', month := null): which materials, certificates, attributes, grades and sizes are
-- asked for in a sector, at a sub-region or in all sub-regions of a place, in a month (default: the newest there is). Most
-- contributors first; each band holds in 95 of 100 cases.
create macro asked_for(product, place := 'world', month := null) as table
with recursive places_below as (
    select places.code from places where places.code = place_of(place)
    union all
    select places.code from places inner join places_below on places.parent = places_below.code
)

select
    t.term_en as term,
    t.term_kind as kind,
    places.title as place,
    t.period_start as month,
    t.contributors_low,
    t.contributors_high,
    t.trend,
    t.term_rank as rank_there
from terms as t
inner join places on places.code = t.place_code
where
    t.product_code = product_of(product)
    and t.place_code in (select places_below.code from places_below)
    and t.period_start = coalesce(cast(month as date), (select max(newest.period_start) from terms as newest))
order by t.contributors_low desc, t.contributors_high desc, t.term_rank, t.place_code, t.term;
