-- members: the events of the groups that are looked at, less those of peeled contributors.
-- Grain: one row per event.
create or replace temp table members as
with placed as (
    select
        event_no,
        kind,
        contributor,
        supplier,
        value_cents,
        case $product
            when 'subheading' then subheading when 'heading' then heading when 'chapter' then chapter
            when 'sector' then sector when 'all' then product_all
        end as product,
        case $place
            when 'country' then country when 'subregion' then subregion when 'region' then region
            when 'world' then world
        end as place,
        case $period
            when 'day' then day when 'dekad' then dekad when 'month' then month when 'quarter' then quarter
            when 'year' then year
        end as period_start
    from waiting
)

select
    placed.event_no,
    groups.group_no,
    groups.kind,
    placed.contributor,
    placed.supplier,
    placed.value_cents
from placed
inner join groups
    on groups.kind = placed.kind
    and groups.product = placed.product
    and groups.place = placed.place
    and groups.period_start = placed.period_start
inner join holdings
    on holdings.group_no = groups.group_no
    and holdings.contributor = placed.contributor
