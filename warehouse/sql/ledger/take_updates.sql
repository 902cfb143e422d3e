-- updates: what a later delivery says of an event that still waits: closed or not, and the quotes it has now.
insert into updates
select arrived.feed, arrived.event_key, arrived.is_settled, arrived.quotes_received, $night as night
from arrived
inner join pool on pool.feed = arrived.feed and pool.event_key = arrived.event_key and pool.fate is null
where arrived.is_seen and arrived.delivery = 1
