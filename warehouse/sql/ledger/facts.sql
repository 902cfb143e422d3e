-- What the ledger says of every class: the facts that may never change once they are published.
-- Grain: one row per class and measure.
select
    coalesce(class_measures.night, classes.night) as night,
    coalesce(class_measures.class_no, classes.class_no) as class_no,
    classes.kind, classes.product_level, classes.product_code, classes.place_level, classes.place_code,
    classes.period_level, classes.period_start,
    classes.price_unit, classes.price_low_milli, classes.price_high_milli,
    class_measures.measure, class_measures.amount, class_measures.n_counting, class_measures.is_given
from class_measures
full join classes on classes.night = class_measures.night and classes.class_no = class_measures.class_no
order by all
