-- newest_month(for_kind): first day of the newest month of a kind that had ended on the release's night, or of the
-- newest at all. A month that has not ended holds only the days so far.
create macro newest_month(for_kind) as (
    select
        coalesce(
            max(d.period_start) filter (where d.period_end < cast(left(d.release_id, 10) as date)),
            max(d.period_start)
        )
    from demand as d
    where d.kind = kind_of(for_kind) and d.period_level = 'month' and d.nes is null
);
