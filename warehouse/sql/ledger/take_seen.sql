-- seen: the keys of all events of open epochs, so that what is delivered again is known.
insert into seen
select feed, event_key, epoch, $night as night from arrived where delivery = 1 and not is_seen order by epoch
