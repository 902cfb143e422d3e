-- term_counts: every noisy count of terms drawn, with the release that drew it.
-- Grain: one row per month, term, sector and sub-region, of every sealed night and of `$night`.
select
    nights.release_id,
    term_counts.month,
    term_counts.term,
    term_counts.product_code,
    term_counts.place_code,
    term_counts.amount,
    term_counts.scale
from term_counts
inner join nights on nights.night = term_counts.night
where nights.is_sealed or nights.night = $night
order by term_counts.month, term_counts.term, term_counts.product_code, term_counts.place_code
