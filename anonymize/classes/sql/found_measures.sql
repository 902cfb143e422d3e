-- found_measures: appends what each new class may say of `$measure`.
-- Grain: one row per class and measure with a known amount; no row means that no amount is known.
insert into found_measures
select
    group_classes.class_no,
    verdicts.measure,
    cast(verdicts.total as bigint) as amount,
    cast(verdicts.n_counting as bigint) as n_counting,
    verdicts.passes_threshold
    and verdicts.passes_p_percent
    and verdicts.passes_share
    and verdicts.passes_suppliers
    and verdicts.passes_joint as is_given
from verdicts
inner join group_classes on group_classes.group_no = verdicts.group_no
where verdicts.measure = $measure
