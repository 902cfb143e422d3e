-- Events that a class left behind wait at the twin of their spot from now on; what stands at the spot itself is read
-- no more. `moves` remembers them for the end. Grain: one row per event; one per spot and contributor.
insert into waiting
select spot + $twin, contributor, is_counting, is_seasoned, supplier, value_cents, attribute from left_behind;

insert into moves
select distinct spot % $twin as spot, contributor, spot + $twin as twin from left_behind
