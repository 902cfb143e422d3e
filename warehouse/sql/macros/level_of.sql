-- level_of(name, levels): a level by its name, in small letters; any other than those of the list is an error that says
-- which there are.
create macro level_of(name, levels) as (
    with asked as (
        select
            lower(cast(name as text)) as text,
            coalesce(cast(name as text), 'null') as given,
            array_to_string(levels, ', ') as known,
            list_contains(levels, lower(cast(name as text))) as is_known
    )

    select
        case
            when asked.is_known then asked.text
            else error('there is no level ' || asked.given || ' here; give one of ' || asked.known)
        end
    from asked
);
