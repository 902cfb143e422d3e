-- What waits of an epoch whose key is destroyed before its time leaves the pool.
delete from updates where exists (
    select 1 from pool
    where pool.epoch = $epoch and pool.feed = updates.feed and pool.event_key = updates.event_key
);
delete from pool where epoch = $epoch;
