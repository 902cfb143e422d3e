-- The spots of tonight and how many events stand at each. Grain: one row per spot.
select spot, cast(count(*) as bigint) as n_events from standing group by spot
