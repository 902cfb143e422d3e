-- held: one measure of all classes found tonight, by contributor.
-- Grain: one row per class and contributor whose amount is known.
create or replace temp table held as
with amounts as (
    select
        classed.class_no,
        pooled.contributor,
        pooled.is_counting,
        case
            when $measure = 'n_events' then 1
            when $measure = 'value_usd' then pooled.value_cents
            when $measure = 'quotes_received' then pooled.quotes_received
            when $measure = concat('quantity_', pooled.unit) then pooled.quantity_milli
        end as amount
    from classed
    inner join pooled on pooled.event_no = classed.event_no
)

select class_no as group_no, contributor, is_counting, sum(amount) as amount
from amounts
where amount is not null
group by class_no, contributor, is_counting
