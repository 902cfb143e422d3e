-- kind_of(name): a kind of event that this release holds, in small letters; any other is an error that says which there are.
create macro kind_of(name) as (
    with asked as (
        select lower(cast(name as text)) as text, coalesce(cast(name as text), 'null') as given
    ),

    kinds as (
        select distinct d.kind from demand as d
    )

    select
        case
            when count(*) filter (where kinds.kind = asked.text) > 0 then max(asked.text)
            else error('no demand of kind ' || max(asked.given) || ' stands in this release; it has '
                || coalesce(string_agg(kinds.kind, ', ' order by kinds.kind), 'none'))
        end
    from asked
    left join kinds on true
);
