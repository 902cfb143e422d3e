-- pool: what still waits when its epoch's late window has closed is destroyed.
update pool
set fate = 'destroyed', fate_night = $night
where fate is null and make_date(epoch + 1, 1, 1) + cast($late_window_days as integer) < $night
