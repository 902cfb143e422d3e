-- find(word): products and places whose title or code holds a word, coarsest first; use their codes in other macros.
-- Example: from find('cotton')
create macro find(word) as table
with asked as materialized (
    select
        case
            when trim(coalesce(cast(word as text), '')) = '' then error('a word was not given; find(''cotton'') finds one')
            else lower(trim(cast(word as text)))
        end as text
)

select found.what, found.level, found.code, found.title
from (
    select 'product' as what, products.level, products.code, products.title
    from asked
    inner join products
        on contains(lower(products.title), asked.text) or contains(lower(products.code), asked.text)
    union all
    select 'place', places.level, places.code, places.title
    from asked
    inner join places
        on contains(lower(places.title), asked.text) or lower(places.code) = asked.text
        or places.code in (select k.code from known_as() as k where k.name = asked.text)
) as found
order by found.what, length(found.code), found.code;
