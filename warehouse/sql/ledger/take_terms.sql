-- asked_terms: which terms of the vocabulary the accounts of tonight's events asked for, by the events' own sector and
-- sub-region, in months that no night has drawn; cancellations ask for nothing. No event is named.
-- Grain: one row per epoch, account, month, sector, sub-region, term and night.
insert into asked_terms
with told as (
    select
        epoch,
        key_account as account,
        cast(date_trunc('month', occurred_on) as date) as month,
        product_code,
        country,
        unnest(string_split(terms, ' ')) as term
    from arrived
    where
        delivery = 1
        and not is_seen
        and kind <> 'cancellation'
        and terms is not null
        and country is not null
        and occurred_on >= $first
)

select distinct
    told.epoch, told.account, told.month, term_cells.product_code, term_cells.place_code, told.term, $night as night,
    cast(null as date) as fate_night
from told
inner join own_sectors on own_sectors.code = told.product_code
inner join own_places on own_places.code = told.country
inner join term_cells
    on
        term_cells.term = told.term
        and term_cells.product_code = own_sectors.sector
        and term_cells.place_code = own_places.subregion
