-- product_of(name): the code of a product. Takes a code, a title, a chapter's two digits, or how a sector's code or a
-- title begins; an error says what is near where none or several are called so. product_of('pharma') is
-- 'pharma_health'.
create macro product_of(name) as (
    with found as (
        select
            products.code,
            case
                when lower(products.code) = lower(name) then 1
                when lower(products.title) = lower(name) or ends_with(products.code, '/' || name) then 2
                when products.level = 'sector' and starts_with(lower(products.code), lower(name)) then 3
                when starts_with(lower(products.title), lower(name)) then 4
            end as rank
        from products
    ),

    best as (
        select found.code from found where found.rank = (select min(others.rank) from found as others)
    ),

    near as (
        select string_agg(coalesce(nearest.title, nearest.code) || ' (' || nearest.code || ')', ', ') as names
        from (
            select products.code, products.title
            from products
            order by
                greatest(
                    jaro_winkler_similarity(lower(coalesce(products.title, '')), lower(name)),
                    jaro_winkler_similarity(lower(products.code), lower(name))
                ) desc,
                products.code
            limit 3
        ) as nearest
    )

    select
        case
            when count(*) = 1 then min(best.code)
            when count(*) > 1 then error('several products are called ' || name || ': '
                || string_agg(best.code, ', ' order by best.code)[:200] || '; give one of these codes')
            else error('no product is called ' || coalesce(name, 'null') || '; near are '
                || (select near.names from near))
        end
    from best
);
