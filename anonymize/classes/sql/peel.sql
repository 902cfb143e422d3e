-- peeling: the largest contributor (all of them where several are equally large) of every group that has enough
-- contributors but fails p% or share by `$measure`; their events stay in the pool.
-- Grain: one row per group and contributor that leaves it now.
create or replace temp table peeling as
select holdings.group_no, holdings.contributor
from holdings
inner join verdicts on verdicts.group_no = holdings.group_no and verdicts.measure = $measure
inner join (
    select group_no from verdicts group by group_no having min(case when passes_threshold then 1 else 0 end) = 1
) as enough on enough.group_no = holdings.group_no
where
    not (verdicts.passes_p_percent and verdicts.passes_share)
    and verdicts.total > 0
    and case $measure when 'n_events' then holdings.n_events else holdings.value_cents end = verdicts.largest;

delete from holdings
where (group_no, contributor) in (select peeling.group_no, peeling.contributor from peeling);

insert into peeled_now select group_no, contributor from peeling;

insert into peeled select group_no, contributor from peeling
