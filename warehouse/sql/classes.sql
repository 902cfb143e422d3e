-- classes: the finest published facts, from the ledger's class sums.
-- Grain: one row per demand class of every sealed night and of `$night`.
with known as (
    select class_measures.*
    from class_measures
    inner join nights on nights.night = class_measures.night
    where nights.is_sealed or nights.night = $night
),

told as (
    select
        night,
        class_no,
        max(amount) filter (where measure = 'n_events') as n_events,
        max(n_counting) filter (where measure = 'n_events') as n_contributors,
        max(amount) filter (where measure = 'value_usd' and is_given) / 100.0 as value_usd,
        max(case when is_given then 'given' else 'withheld' end) filter (where measure = 'value_usd') as value_status,
        max(amount) filter (where measure = 'quotes_received' and is_given) as quotes_received,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quotes_received') as quotes_status,
        max(amount) filter (where measure = 'quantity_count' and is_given) / 1000.0 as quantity_count,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_count') as quantity_count_status,
        max(amount) filter (where measure = 'quantity_pair' and is_given) / 1000.0 as quantity_pair,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_pair') as quantity_pair_status,
        max(amount) filter (where measure = 'quantity_set' and is_given) / 1000.0 as quantity_set,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_set') as quantity_set_status,
        max(amount) filter (where measure = 'quantity_kg' and is_given) / 1000.0 as quantity_kg,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_kg') as quantity_kg_status,
        max(amount) filter (where measure = 'quantity_m' and is_given) / 1000.0 as quantity_m,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_m') as quantity_m_status,
        max(amount) filter (where measure = 'quantity_m2' and is_given) / 1000.0 as quantity_m2,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_m2') as quantity_m2_status,
        max(amount) filter (where measure = 'quantity_l' and is_given) / 1000.0 as quantity_l,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_l') as quantity_l_status,
        max(amount) filter (where measure = 'quantity_container' and is_given) / 1000.0 as quantity_container,
        max(case when is_given then 'given' else 'withheld' end)
            filter (where measure = 'quantity_container') as quantity_container_status
    from known
    group by night, class_no
)

select
    nights.release_id,
    row_number() over (
        partition by nights.release_id
        order by classes.kind, classes.product_level, classes.product_code, classes.place_level, classes.place_code,
            classes.period_level, classes.period_start, classes.price_unit nulls last,
            classes.price_low_milli nulls first, classes.class_no
    ) as class_id,
    classes.kind,
    classes.product_level,
    classes.product_code,
    classes.place_level,
    classes.place_code,
    classes.period_level,
    classes.period_start,
    cast(case classes.period_level
        when 'day' then classes.period_start
        when 'dekad' then case
            when day(classes.period_start) <= 11 then classes.period_start + 9
            else last_day(classes.period_start)
        end
        when 'month' then last_day(classes.period_start)
        when 'quarter' then classes.period_start + interval 3 month - interval 1 day
        when 'year' then classes.period_start + interval 1 year - interval 1 day
    end as date) as period_end,
    classes.price_unit,
    cast(classes.price_low_milli / 1000.0 as double) as price_low,
    cast(classes.price_high_milli / 1000.0 as double) as price_high,
    told.n_events,
    told.n_contributors,
    cast(told.value_usd as double) as value_usd,
    coalesce(told.value_status, 'none') as value_status,
    told.quotes_received,
    coalesce(told.quotes_status, 'none') as quotes_status,
    cast(told.quantity_count as double) as quantity_count,
    coalesce(told.quantity_count_status, 'none') as quantity_count_status,
    cast(told.quantity_pair as double) as quantity_pair,
    coalesce(told.quantity_pair_status, 'none') as quantity_pair_status,
    cast(told.quantity_set as double) as quantity_set,
    coalesce(told.quantity_set_status, 'none') as quantity_set_status,
    cast(told.quantity_kg as double) as quantity_kg,
    coalesce(told.quantity_kg_status, 'none') as quantity_kg_status,
    cast(told.quantity_m as double) as quantity_m,
    coalesce(told.quantity_m_status, 'none') as quantity_m_status,
    cast(told.quantity_m2 as double) as quantity_m2,
    coalesce(told.quantity_m2_status, 'none') as quantity_m2_status,
    cast(told.quantity_l as double) as quantity_l,
    coalesce(told.quantity_l_status, 'none') as quantity_l_status,
    cast(told.quantity_container as double) as quantity_container,
    coalesce(told.quantity_container_status, 'none') as quantity_container_status
from classes
inner join nights on nights.night = classes.night
inner join told on told.night = classes.night and told.class_no = classes.class_no
order by nights.release_id, class_id
