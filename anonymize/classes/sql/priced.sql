-- priced: the events of classes that have room to be split, each in its step of the price grid. A class is priced in the
-- unit most of its prices are given in; an event without a price in that unit stands in no step.
-- Grain: one row per event; `waiting` is the same as rules read it, a spot being a class and a step of it.
create or replace temp table priced as
with offered as (
    select
        placed.*,
        case
            when placed.unit <> 'other' and placed.quantity_milli > 0 and placed.value_cents is not null
                then placed.unit
        end as price_unit
    from placed
    inner join roomy on roomy.class_no = placed.class_no
),

counted as (
    select class_no, price_unit, count(*) as n_events from offered where price_unit is not null group by all
),

units as (
    select class_no, price_unit from counted
    qualify row_number() over (partition by class_no order by n_events desc, price_unit) = 1
),

stepped as (
    -- cents a thousandth times 10,000 are thousandths of a dollar a unit
    select
        offered.event_no,
        price_steps.step
    from offered
    inner join units on units.class_no = offered.class_no and units.price_unit = offered.price_unit
    inner join price_steps
        on cast(offered.value_cents as hugeint) * 10000 >= cast(offered.quantity_milli as hugeint) * price_steps.low_milli
        and (
            price_steps.high_milli is null
            or cast(offered.value_cents as hugeint) * 10000
            < cast(offered.quantity_milli as hugeint) * price_steps.high_milli
        )
)

select
    offered.event_no,
    offered.class_no,
    units.price_unit,
    stepped.step,
    offered.class_no * $n_spots + coalesce(stepped.step, $n_spots - 1) as spot,
    offered.contributor,
    offered.is_counting,
    offered.is_seasoned,
    offered.supplier,
    offered.value_cents,
    offered.attribute
from offered
inner join units on units.class_no = offered.class_no
left join stepped on stepped.event_no = offered.event_no;

create or replace temp table waiting as
select spot, contributor, is_counting, is_seasoned, supplier, value_cents, attribute from priced
