-- estimates: every estimate drawn, with the release that drew it.
-- Grain: one row per kind, month, product and place, of every sealed night and of `$night`.
select
    nights.release_id,
    estimates.kind,
    estimates.month,
    estimates.product_code,
    estimates.place_code,
    estimates.events_centi,
    estimates.events_margin_centi,
    estimates.value_cents,
    estimates.value_margin_cents
from estimates
inner join nights on nights.night = estimates.night
where nights.is_sealed or nights.night = $night
order by estimates.kind, estimates.month, estimates.product_code, estimates.place_code
