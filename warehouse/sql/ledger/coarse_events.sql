-- Events of one kind and month that tonight's classes place without their heading or country, with both.
-- Grain: one row per contributor, own product, own country and levels of the class. Never leaves the night's transaction.
select
    contributor_of.contributor,
    pool.product_code as own_product,
    pool.country as own_country,
    classes.product_level,
    classes.place_level,
    cast(count(*) as bigint) as n_events
from pool
inner join contributor_of on contributor_of.epoch = pool.epoch and contributor_of.account = pool.account
inner join classes on classes.night = pool.fate_night and classes.class_no = pool.class_no
where
    pool.fate = 'classed'
    and pool.fate_night = $night
    and pool.kind = $kind
    and cast(date_trunc('month', classes.period_start) as date) = $month
    and (classes.product_level in ('all', 'sector', 'chapter') or classes.place_level <> 'country')
group by all
order by all
