-- pool: what still waits when its epoch closes is destroyed.
update pool
set fate = 'destroyed', fate_night = $night
where fate is null and epoch <= $closed_epoch
