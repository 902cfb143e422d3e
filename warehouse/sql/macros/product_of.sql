-- product_of(name): the code of a product. Takes a code, a title, a chapter's two digits, how a sector begins, or words of
-- a title where no other title has them; an error says what is near where none or several are called so.
-- product_of('pharma') is 'pharma_health', product_of(6109) is '6109'.
create macro product_of(name) as (
    with asked as (
        select
            lower(trim(coalesce(cast(name as text), ''))) as text,
            trim(regexp_replace(lower(cast(name as text)), '[^a-z0-9]+', ' ', 'g')) as words,
            cast(name as text) as given
    ),

    named as (
        select
            products.level,
            products.code,
            lower(products.code) as plain_code,
            lower(coalesce(products.title, '')) as plain,
            coalesce(products.title || ' (' || products.code || ')', products.code) as shown
        from products
    ),

    found as (
        select
            named.code,
            named.shown,
            case
                when named.plain_code = asked.text then 1
                when named.plain = asked.text or ends_with(named.plain_code, '/' || asked.text) then 2
                when regexp_full_match(asked.text, '[0-9]+')
                    and (named.plain_code = '0' || asked.text or ends_with(named.plain_code, '/0' || asked.text)) then 2
                when length(asked.text) < 3 or length(asked.words) < 3 then null
                when named.level = 'sector'
                    and (starts_with(named.plain_code, asked.text) or starts_with(named.plain, asked.text)) then 3
                when contains(' ' || regexp_replace(named.plain, '[^a-z0-9]+', ' ', 'g'), ' ' || asked.words) then 4
            end as rank,
            greatest(
                jaro_winkler_similarity(named.plain, asked.text), jaro_winkler_similarity(named.plain_code, asked.text)
            ) as likeness
        from named
        cross join asked
    ),

    best as (
        select found.code from found where found.rank = (select min(others.rank) from found as others)
    ),

    near as (
        select string_agg(nearest.shown, ', ') as names
        from (
            select found.code, found.shown
            from found
            where found.rank is not distinct from (select min(others.rank) from found as others)
            order by found.likeness desc, found.code
            limit 4
        ) as nearest
    )

    select
        case
            when max(asked.text) = '' then error('a product was not given; give a code, or a title such as ''textiles''')
            when count(best.code) = 1 then min(best.code)
            when count(best.code) > 1 then error(count(best.code) || ' products may be called ' || max(asked.given)
                || ', such as ' || (select near.names from near) || '; give a code')
            else error('no product is called ' || max(asked.given) || '; near are ' || (select near.names from near))
        end
    from asked
    left join best on true
);
