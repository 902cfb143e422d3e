-- waiting: what is in no class yet, as rungs read it. Grain: one row per event.
create or replace temp table waiting as
select spot, contributor, is_counting, is_seasoned, supplier, value_cents, attribute from standing
