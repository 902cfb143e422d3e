-- place_of(name): the code of a place. Takes a code of two or three letters, a title, what people say, initials, or words
-- of a title; an error says what is near where none or several are called so. place_of('Kenya') is 'KE', place_of('UAE')
-- is 'AE', place_of('Britain') is 'GB'.
create macro place_of(name) as (
    with asked as (
        select
            lower(strip_accents(replace(trim(coalesce(cast(name as text), '')), '.', ''))) as text,
            cast(name as text) as given
    ),

    named as (
        select places.code, places.title, lower(strip_accents(places.title)) as plain
        from places
    ),

    found as (
        select
            named.code,
            named.title,
            case
                when lower(named.code) in (asked.text, lpad(asked.text, cast(greatest(3, length(asked.text)) as integer), '0')) then 1
                when named.plain = asked.text then 2
                when named.code in (select k.code from known_as() as k where k.name = asked.text) then 3
                when regexp_replace(named.plain, '(\w)\w*\W*', '\1', 'g') = asked.text then 4
                when length(asked.text) > 2 and contains(' ' || named.plain, ' ' || asked.text) then 5
            end as rank,
            jaro_winkler_similarity(named.plain, asked.text) as likeness
        from named
        cross join asked
    ),

    best as (
        select found.code from found where found.rank = (select min(others.rank) from found as others)
    ),

    near as (
        select string_agg(nearest.title || ' (' || nearest.code || ')', ', ') as names
        from (
            select found.code, found.title
            from found
            where found.rank is not distinct from (select min(others.rank) from found as others)
            order by found.likeness desc, found.code
            limit 4
        ) as nearest
    )

    select
        case
            when max(asked.text) = '' then error('a place was not given; give a code, or a title such as ''Africa''')
            when count(best.code) = 1 then min(best.code)
            when count(best.code) > 1 then error(count(best.code) || ' places may be called ' || max(asked.given)
                || ', such as ' || (select near.names from near) || '; give a code')
            else error('no place is called ' || max(asked.given) || '; near are ' || (select near.names from near))
        end
    from asked
    left join best on true
);
