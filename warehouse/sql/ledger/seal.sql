-- Once sealed, the ledger keeps class sums and the proof, no contributor rows.
update nights
set is_sealed = true, classes_digest = $classes_digest, facts_digest = $facts_digest
where night = $night;
delete from pool where fate_night <= $night;
delete from asked_terms where fate_night <= $night;
delete from updates where not exists (
    select 1 from pool where pool.feed = updates.feed and pool.event_key = updates.event_key
);
