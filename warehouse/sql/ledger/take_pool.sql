-- pool: the events that enter tonight.
insert into pool
select
    (select coalesce(max(event_no), 0) from pool) + row_number() over (order by feed, event_key) as event_no,
    feed, event_key, kind, epoch, occurred_on, is_settled, key_cancels, key_cancels_before, key_account, key_supplier,
    product_code, country, unit, quantity_milli, value_cents, quotes_received, title, description, $night as night,
    null as fate, null as fate_night, null as class_no
from arrived
where delivery = 1 and not is_seen
