-- asked_terms: which terms of the vocabulary the accounts of tonight's events asked for, by the events' own sector and
-- sub-region, in months that no night has drawn; cancellations ask for nothing. No event is named.
-- Grain: one row per epoch, account, month, sector, sub-region, term and night.
insert into asked_terms
-- Materialized, lest the trees are joined with the public cells before an event narrows them down.
with told as materialized (
    select distinct
        arrived.epoch,
        arrived.key_account as account,
        cast(date_trunc('month', arrived.occurred_on) as date) as month,
        own_sectors.sector as product_code,
        own_places.subregion as place_code,
        unnest(string_split(arrived.terms, ' ')) as term
    from arrived
    inner join own_sectors on own_sectors.code = arrived.product_code
    inner join own_places on own_places.code = arrived.country
    where
        arrived.delivery = 1
        and not arrived.is_seen
        and arrived.kind <> 'cancellation'
        and arrived.terms is not null
        and arrived.occurred_on >= $first
)

select
    told.epoch, told.account, told.month, told.product_code, told.place_code, told.term, $night as night,
    cast(null as date) as fate_night
from told
where
    exists (
        select 1 from term_cells
        where
            term_cells.term = told.term
            and term_cells.product_code = told.product_code
            and term_cells.place_code = told.place_code
    )
