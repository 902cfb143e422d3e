-- place_of(name): the code of a place. Takes a code, a title, its initials, or how it begins; an error says what is
-- near where none or several are called so. Examples: place_of('Kenya') is 'KE', place_of('UAE') is 'AE'.
create macro place_of(name) as (
    with found as (
        select
            places.code,
            case
                when lower(places.code) = lower(name) then 1
                when lower(places.title) = lower(name) then 2
                when lower(regexp_replace(places.title, '(\w)\w*\W*', '\1', 'g')) = lower(name) then 3
                when starts_with(lower(places.title), lower(name)) then 4
            end as rank
        from places
    ),

    best as (
        select found.code from found where found.rank = (select min(others.rank) from found as others)
    ),

    near as (
        select string_agg(nearest.title || ' (' || nearest.code || ')', ', ') as names
        from (
            select places.code, places.title
            from places
            order by jaro_winkler_similarity(lower(places.title), lower(name)) desc, places.code
            limit 3
        ) as nearest
    )

    select
        case
            when count(*) = 1 then min(best.code)
            when count(*) > 1 then error('several places are called ' || name || ': '
                || string_agg(best.code, ', ' order by best.code)[:200] || '; give one of these codes')
            else error('no place is called ' || coalesce(name, 'null') || '; near are '
                || (select near.names from near))
        end
    from best
);
