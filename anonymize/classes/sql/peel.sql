-- peel: takes the largest contributor (all of them where several are equally large) out of every group that has
-- enough contributors but fails p% or share; their events stay in the pool.
delete from holdings
where (group_no, contributor) in (
    select held.group_no, held.contributor
    from held
    inner join verdicts on verdicts.group_no = held.group_no and verdicts.measure = $measure
    inner join (
        select group_no from verdicts group by group_no having bool_and(passes_threshold)
    ) as enough on enough.group_no = held.group_no
    where
        not (verdicts.passes_p_percent and verdicts.passes_share)
        and verdicts.total > 0
        and held.amount = verdicts.largest
)
