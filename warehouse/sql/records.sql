-- records: since when the demand of a kind is on record.
-- Grain: one row per kind that has a class within a closed month; `begins` is the first day of its first month that
-- holds a tenth of the usual number of events or more: stragglers of long ago, in the first deliveries, are no record.
-- Reads: classes, period_up; parameter: closed_to, the last day that a closed month may have.
with months as (
    select
        classes.kind,
        period_up.up_start as period_start,
        period_up.up_end <= $closed_to as is_closed,
        cast(sum(classes.n_events) as bigint) as n_events
    from classes
    inner join period_up
        on period_up.level = classes.period_level
        and period_up.start = classes.period_start
        and period_up.up_level = 'month'
    group by all
),

usual as (
    select kind, median(n_events) as n_events from months where is_closed group by kind
)

select months.kind, min(months.period_start) as begins
from months
inner join usual on usual.kind = months.kind and months.n_events * 10 >= usual.n_events
where months.is_closed
group by months.kind
