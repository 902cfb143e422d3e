-- pool: a cancellation and the order it takes back leave together while both wait, one to one, the oldest first.
-- One that takes back only a part of its order's quantity stays an event of its own, and so does the order.
with referring as (
    select event_no, feed, cancels_key as event_key, unit, quantity_milli
    from pool where fate is null and kind = 'cancellation' and cancels_key is not null
    union all
    select event_no, feed, cancels_key_before, unit, quantity_milli
    from pool where fate is null and kind = 'cancellation' and cancels_key_before is not null
),

pairs as (
    select orders.event_no as order_no, referring.event_no as cancellation_no
    from referring
    inner join pool as orders on orders.feed = referring.feed and orders.event_key = referring.event_key
    where
        orders.fate is null
        and orders.kind = 'order'
        and (
            orders.quantity_milli is null
            or referring.quantity_milli is null
            or (referring.quantity_milli >= orders.quantity_milli and referring.unit is not distinct from orders.unit)
        )
    qualify row_number() over (partition by orders.event_no order by referring.event_no) = 1
),

leaving as (
    select order_no as event_no from pairs
    union all
    select cancellation_no from pairs
)

update pool
set fate = 'netted', fate_night = $night
from leaving
where leaving.event_no = pool.event_no
