-- The temporary tables that the ladder appends to.
create or replace temp table found_classes (
    class_no bigint, rung text, kind text, product integer, place integer, period_level text, period_start date
);
create or replace temp table classed (event_no bigint, class_no bigint);
create or replace temp table verdicts (
    group_no bigint, measure text, n_counting bigint, total hugeint, counting_total hugeint, largest hugeint,
    largest_counting hugeint, largest_other hugeint, coalition_less_one hugeint, coalition hugeint,
    passes_threshold boolean, passes_p_percent boolean, passes_share boolean
);
create or replace temp table supplier_verdicts (
    group_no bigint, measure text, passes_suppliers boolean, passes_joint boolean
);
create or replace temp table found_measures (
    class_no bigint, measure text, amount bigint, n_counting bigint, is_given boolean
);
