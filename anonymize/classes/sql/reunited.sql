-- holdings: with those of the groups that nobody had to leave.
insert into holdings select settled.* from settled
