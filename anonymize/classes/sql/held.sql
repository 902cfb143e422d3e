-- held: one measure of the holdings of a rung, for the kinds that require it.
-- Grain: one row per group and contributor whose amount is known.
create or replace temp table held as
select
    group_no,
    contributor,
    is_counting,
    case $measure when 'n_events' then n_events when 'value_usd' then value_cents end as amount
from holdings
where
    list_contains($kinds, kind)
    and case $measure when 'n_events' then n_events when 'value_usd' then value_cents end is not null
