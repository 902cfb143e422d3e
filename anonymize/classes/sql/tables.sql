-- The temporary tables that the ladder appends to.
create or replace temp table found_measures (
    class_no bigint, measure text, amount bigint, n_counting bigint, is_given boolean
);
create or replace temp table sums (
    group_no bigint, measure text, n_counting bigint, n_seasoned bigint, total hugeint, counting_total hugeint,
    largest hugeint, largest_counting hugeint, largest_other hugeint
);
create or replace temp table tops (
    group_no bigint, measure text, coalition_less_one hugeint, coalition hugeint, next_largest hugeint
);
create or replace temp table supplier_sums (
    group_no bigint, measure text, n_suppliers bigint, total hugeint, largest hugeint, coalition_and_next hugeint
);
create or replace temp table peeled (group_no bigint, contributor bigint);
create or replace temp table peeled_now (group_no bigint, contributor bigint);
create or replace temp table moves (spot bigint, contributor bigint, twin bigint);
create or replace temp table verdicts (
    group_no bigint, measure text, n_counting bigint, total hugeint, largest hugeint, passes_threshold boolean,
    passes_p_percent boolean, passes_share boolean, passes_suppliers boolean, passes_joint boolean
);
