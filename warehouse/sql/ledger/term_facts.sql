-- What the ledger says of every noisy count of terms: it may never change once it is published.
-- Grain: one row per month, term, sector and sub-region.
select night, month, term, product_code, place_code, amount, scale
from term_counts
order by all
