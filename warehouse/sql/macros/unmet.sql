-- unmet(product, place := 'world', least := 1): RFQs that few suppliers answer: classes at or beneath a product and a
-- place that give their quotes, by product and place, fewest quotes an RFQ first; at least `least` RFQs.
create macro unmet(product, place := 'world', least := 1) as table
with recursive around as (
    select places.code from places where places.code = place_of(place)
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
from classes as c
inner join below(product) as b on b.code = c.product_code
inner join around on around.code = c.place_code
inner join places on places.code = c.place_code
where c.kind = 'rfq' and c.quotes_status = 'given'
group by b.title, c.product_code, places.title, c.place_code
having sum(c.n_events) >= least
order by sum(c.quotes_received) / sum(c.n_events), sum(c.n_events) desc, c.product_code, c.place_code;
