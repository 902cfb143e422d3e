-- What the ledger says of every estimate. Grain: one row per kind, month, product and place.
select
    night, kind, month, product_code, place_code, events_centi, events_margin_centi, value_cents, value_margin_cents
from estimates
order by all
