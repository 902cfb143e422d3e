-- vintages: what each release added to every node of demand that is a month, quarter or year.
-- Grain: one row per kind, product node, place node, period node and release date, split by whether classes stand
-- exactly at the node along each dimension.
-- Reads: classes, product_up, place_up, period_up (as demand.sql does).
select
    classes.kind,
    product_up.up_code as product_code,
    place_up.up_code as place_code,
    period_up.up_level as period_level,
    period_up.up_start as period_start,
    period_up.up_end as period_end,
    product_up.up_code = classes.product_code as is_own_product,
    place_up.up_code = classes.place_code as is_own_place,
    period_up.up_level = classes.period_level as is_own_period,
    cast(substr(classes.release_id, 1, 10) as date) as released_on,
    cast(sum(classes.n_events) as bigint) as n_events,
    cast(sum(classes.n_contributors) as bigint) as n_contributors,
    cast(sum(cast(round(classes.value_usd * 100) as bigint)) as bigint) as value_cents
from classes
inner join product_up on product_up.code = classes.product_code
inner join place_up on place_up.code = classes.place_code
inner join period_up
    on period_up.level = classes.period_level
    and period_up.start = classes.period_start
    and period_up.up_level in ('month', 'quarter', 'year')
group by all
