-- month_of(name, for_kind): first day of a month, given as '2026-01' or as any day in it; null is newest_month. A month in
-- which nothing of the kind stands is an error that says from when to when there is.
create macro month_of(name, for_kind) as (
    with asked as (
        select
            cast(name as text) as given,
            kind_of(for_kind) as event_kind,
            newest_month(for_kind) as newest,
            case
                when regexp_full_match(cast(name as text), '\d{4}-\d\d(-\d\d.*)?') then left(cast(name as text), 7)
            end as text
    ),

    months as (
        select distinct d.period_start as at
        from demand as d
        where d.kind = kind_of(for_kind) and d.period_level = 'month' and d.nes is null
    )

    select
        case
            when max(asked.given) is null then max(asked.newest)
            when count(*) filter (where strftime(months.at, '%Y-%m') = asked.text) > 0
                then max(months.at) filter (where strftime(months.at, '%Y-%m') = asked.text)
            else error('nothing of kind ' || max(asked.event_kind) || ' stands in month ' || max(asked.given)
                || '; months are written 2026-01 and go from ' || coalesce(strftime(min(months.at), '%Y-%m'), 'none')
                || ' to ' || coalesce(strftime(max(months.at), '%Y-%m'), 'none'))
        end
    from asked
    left join months on true
);
