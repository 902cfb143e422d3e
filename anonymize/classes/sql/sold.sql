-- sold: one measure of the members of a rung by supplier, for the kinds that require it.
-- Grain: one row per group and supplier named in it whose amount is known.
create or replace temp table sold as
select
    group_no,
    supplier,
    sum(case $measure when 'n_events' then 1 when 'value_usd' then value_cents end) as amount
from members
where
    supplier is not null
    and list_contains($kinds, kind)
    and case $measure when 'n_events' then 1 when 'value_usd' then value_cents end is not null
group by group_no, supplier
