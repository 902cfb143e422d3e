-- class_ids: the public number of each of a night's classes, in the order of sql/classes.sql.
-- Grain: one row per class of the night.
select
    class_no,
    row_number() over (
        order by kind, product_level, product_code, place_level, place_code, period_level, period_start,
            price_unit nulls last, price_low_milli nulls first, class_no
    ) as class_id
from classes
where night = $night
