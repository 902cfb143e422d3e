-- The counting contributors of each spot that waits. Grain: one row per spot and contributor, in that order.
select distinct spot, contributor from waiting where is_counting order by spot, contributor
