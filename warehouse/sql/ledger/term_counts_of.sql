-- Noisy counts of terms that one night drew. Grain: one row per month, term, sector and sub-region.
select month, term, product_code, place_code, amount, scale
from term_counts
where night = $night
order by month, term, product_code, place_code
