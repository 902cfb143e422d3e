-- asked_terms: rows of months that are drawn, or that nobody will draw, leave with the night.
update asked_terms
set fate_night = $night
where fate_night is null and month < $first
