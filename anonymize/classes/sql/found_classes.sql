-- found_classes: appends the safe groups of a rung as classes.
-- Grain: one row per class.
insert into found_classes
select
    class_no,
    $rung as rung,
    kind,
    product,
    place,
    $period as period_level,
    period_start
from safe
