-- sold: one measure of all classes found tonight, by supplier.
-- Grain: one row per class and supplier named in it whose amount is known.
create or replace temp table sold as
with amounts as (
    select
        classed.class_no,
        pooled.supplier,
        case
            when $measure = 'n_events' then 1
            when $measure = 'value_usd' then pooled.value_cents
            when $measure = 'quotes_received' then pooled.quotes_received
            when $measure = concat('quantity_', pooled.unit) then pooled.quantity_milli
        end as amount
    from classed
    inner join pooled on pooled.event_no = classed.event_no
    where pooled.supplier is not null
)

select class_no as group_no, supplier, sum(amount) as amount
from amounts
where amount is not null
group by class_no, supplier
