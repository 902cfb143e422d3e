-- manifest: what an outsider with a customs manifest might know of the contributors of a night's classes.
-- Grain: one row per contributor, product, country and month.
select distinct
    contributor_of.contributor as company,
    pool.product_code,
    pool.country,
    cast(date_trunc('month', pool.occurred_on) as date) as month
from pool
inner join contributor_of on contributor_of.epoch = pool.epoch and contributor_of.account = pool.account
where pool.fate = 'classed' and pool.fate_night = $night and pool.country is not null
order by company, product_code, country, month
