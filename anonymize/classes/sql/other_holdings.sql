-- holdings and sales of all classes for a measure that no rung looks at.
-- Grain: one row per class and contributor, or supplier, whose amount is known.
create or replace temp table holdings as
select
    class_no as group_no,
    contributor,
    is_counting,
    bool_or(is_seasoned) as is_seasoned,
    cast(null as boolean) as is_value_seasoned,
    cast(null as bigint) as n_events,
    cast(null as bigint) as value_cents,
    cast(sum(case when $measure = 'quotes_received' then quotes_received else quantity_milli end) as bigint)
        as other_amount
from placed
where
    case
        when $measure = 'quotes_received' then quotes_received
        when concat('quantity_', unit) = $measure then quantity_milli
    end is not null
group by class_no, contributor, is_counting;

create or replace temp table sales as
select
    class_no as group_no,
    supplier,
    cast(null as bigint) as n_events,
    cast(null as bigint) as value_cents,
    cast(sum(case when $measure = 'quotes_received' then quotes_received else quantity_milli end) as bigint)
        as other_amount
from placed
where
    supplier is not null
    and case
        when $measure = 'quotes_received' then quotes_received
        when concat('quantity_', unit) = $measure then quantity_milli
    end is not null
group by class_no, supplier
