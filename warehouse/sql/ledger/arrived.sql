-- arrived: the night's scrubbed events, the best of each key first.
-- Grain: one row per delivered row; `delivery` 1 is the one that enters.
create or replace temp table arrived as
select
    scrubbed.*,
    row_number() over (
        partition by feed, event_key
        order by is_settled desc, quotes_received desc nulls last, value_cents desc nulls last,
            quantity_milli desc nulls last, occurred_on, product_code, title nulls last, description nulls last
    ) as delivery,
    exists (
        select 1 from seen
        where
            seen.epoch = scrubbed.epoch and seen.feed = scrubbed.feed and seen.event_key = scrubbed.event_key
    ) as is_seen
from read_parquet($files) as scrubbed
