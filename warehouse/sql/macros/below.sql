-- below(product): the product and every product beneath it: level, code, title. Example: from below('textiles')
create macro below(product) as table
with recursive beneath as (
    select products.level, products.code, products.title from products where products.code = product_of(product)
    union all
    select products.level, products.code, products.title
    from products
    inner join beneath on products.parent = beneath.code
)

select beneath.level, beneath.code, beneath.title from beneath order by beneath.code;
