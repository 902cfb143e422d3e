-- find(word): products and places whose title or code holds a word, coarsest first; use their codes in other macros.
create macro find(word) as table
select found.what, found.level, found.code, found.title
from (
    select 'product' as what, products.level, products.code, products.title
    from products
    where contains(lower(products.title), lower(word)) or contains(lower(products.code), lower(word))
    union all
    select 'place', places.level, places.code, places.title
    from places
    where contains(lower(places.title), lower(word)) or lower(places.code) = lower(word)
) as found
order by found.what, length(found.code), found.code;
