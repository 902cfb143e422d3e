-- How many events were left behind at each spot. Grain: one row per spot.
select spot, cast(count(*) as bigint) as n_events from left_behind group by spot
