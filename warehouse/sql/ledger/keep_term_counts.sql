-- term_counts: tonight's noisy counts, every cell of the vocabulary.
insert into term_counts
select $night as night, month, term, product_code, place_code, amount, scale
from new_term_counts
