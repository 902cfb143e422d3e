-- Rows by published night, feed and country; a null country is the whole feed. The past by which a night is judged.
select arrivals.night, arrivals.feed, arrivals.country, arrivals.n_rows
from arrivals
inner join nights on nights.night = arrivals.night and nights.is_sealed
order by arrivals.night, arrivals.feed, arrivals.country nulls first;
