-- estimates: what tonight's draws were fitted to.
insert into estimates
select
    $night as night, kind, month, product_code, place_code, events_centi, events_margin_centi, value_cents,
    value_margin_cents
from new_estimates
