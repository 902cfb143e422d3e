-- unmet(product, place := 'world', least := 1): RFQs that few suppliers answer: classes at or beneath a product and a
-- place that give their quotes, fewest quotes an RFQ first; at least `least` RFQs. Rows never repeat an RFQ: where some
-- stand beneath a row's product or place, the row is what remains there, n.e.s., and `nes` names what it is a remainder
-- of. Example: from unmet('textiles')
create macro unmet(product, place := 'world', least := 1) as table
with recursive asked as materialized (
    select place_of(place) as place_code, kind_of('rfq') as event_kind, least as least_rfqs
),

around as (
    select places.code from places inner join asked on asked.place_code = places.code
    union all
    select places.code from places inner join around on places.parent = around.code
),

product_up as (
    select b.code, b.code as up from below(product) as b
    union all
    select product_up.code, products.parent as up
    from product_up
    inner join products on products.code = product_up.up
    inner join below(product) as b on b.code = products.parent
),

place_up as (
    select around.code, around.code as up from around
    union all
    select place_up.code, places.parent as up
    from place_up
    inner join places on places.code = place_up.up
    inner join around on around.code = places.parent
),

held as (  -- of each node that holds RFQs, whether some of them are known to stand beneath it
    select
        product_up.up as product_code,
        place_up.up as place_code,
        bool_or(c.product_code <> product_up.up) as is_product_rest,
        bool_or(c.place_code <> place_up.up) as is_place_rest
    from asked
    inner join classes as c on c.kind = asked.event_kind
    inner join product_up on product_up.code = c.product_code
    inner join place_up on place_up.code = c.place_code
    group by product_up.up, place_up.up
),

standing as (
    select
        c.product_code,
        c.place_code,
        sum(c.n_events) as rfqs,
        sum(c.quotes_received) as quotes
    from asked
    inner join classes as c on c.kind = asked.event_kind
    where c.quotes_status = 'given'
    group by c.product_code, c.place_code
)

select
    coalesce(products.title, products.code) || case when held.is_product_rest then ', n.e.s.' else '' end as product,
    standing.product_code,
    places.title || case when held.is_place_rest then ', n.e.s.' else '' end as place,
    standing.place_code,
    case
        when held.is_product_rest and held.is_place_rest then 'product and place'
        when held.is_product_rest then 'product'
        when held.is_place_rest then 'place'
    end as nes,
    cast(standing.rfqs as bigint) as rfqs,
    cast(standing.quotes as bigint) as quotes,
    round(standing.quotes / standing.rfqs, 2) as quotes_per_rfq
from asked
inner join standing on standing.rfqs >= asked.least_rfqs
inner join held on held.product_code = standing.product_code and held.place_code = standing.place_code
inner join products on products.code = standing.product_code
inner join places on places.code = standing.place_code
order by standing.quotes / standing.rfqs, standing.rfqs desc, standing.product_code, standing.place_code;
