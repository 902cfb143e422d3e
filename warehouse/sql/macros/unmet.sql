-- unmet(product, place := 'world', least := 1): RFQs that few suppliers answer: classes at or beneath a product and a
-- place that give their quotes, by product and place, fewest quotes an RFQ first; at least `least` RFQs. Example: from
-- unmet('textiles')
create macro unmet(product, place := 'world', least := 1) as table
with recursive asked as materialized (
    select place_of(place) as place_code, kind_of('rfq') as event_kind, least as least_rfqs
),

around as (
    select places.code from places inner join asked on asked.place_code = places.code
    union all
    select places.code from places inner join around on places.parent = around.code
)

select
    b.title as product,
    c.product_code,
    places.title as place,
    c.place_code,
    cast(sum(c.n_events) as bigint) as rfqs,
    cast(sum(c.quotes_received) as bigint) as quotes,
    round(sum(c.quotes_received) / sum(c.n_events), 2) as quotes_per_rfq
from asked
inner join classes as c on c.kind = asked.event_kind
inner join below(product) as b on b.code = c.product_code
inner join around on around.code = c.place_code
inner join places on places.code = c.place_code
where c.quotes_status = 'given'
group by b.title, c.product_code, places.title, c.place_code
having sum(c.n_events) >= max(asked.least_rfqs)
order by sum(c.quotes_received) / sum(c.n_events), sum(c.n_events) desc, c.product_code, c.place_code;
