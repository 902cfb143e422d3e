-- found_measures: appends what each class may say of `$measure`.
-- Grain: one row per class and measure with a known amount; no row means that no amount is known.
insert into found_measures
select
    verdicts.group_no as class_no,
    verdicts.measure,
    cast(verdicts.total as bigint) as amount,
    verdicts.n_counting,
    verdicts.passes_threshold
    and verdicts.passes_p_percent
    and verdicts.passes_share
    and coalesce(supplier_verdicts.passes_suppliers and supplier_verdicts.passes_joint, true) as is_given
from verdicts
left join supplier_verdicts
    on supplier_verdicts.group_no = verdicts.group_no and supplier_verdicts.measure = verdicts.measure
where verdicts.measure = $measure
