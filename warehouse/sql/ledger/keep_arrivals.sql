-- What arrived for a night, one row a feed and one a country within it, in the place of an earlier try's.
delete from arrivals where night = $night;
insert into arrivals select $night as night, * from arrived_tonight;
