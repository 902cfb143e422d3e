-- Takes back everything an unsealed night wrote.
delete from nights where night = $night and not is_sealed;
delete from epochs where epoch not in (select epoch from seen where night <> $night);
delete from seen where night = $night;
delete from account_keys where night = $night;
delete from counting_accounts where night = $night;
delete from first_months where night = $night;
delete from pool where night = $night;
update pool set fate = null, fate_night = null, class_no = null where fate_night = $night;
delete from updates where night = $night;
delete from class_measures where night = $night;
delete from classes where night = $night;
delete from draws where night = $night;
delete from estimates where night = $night;
delete from asked_terms where night = $night;
update asked_terms set fate_night = null where fate_night = $night;
delete from term_counts where night = $night;
update erasures set night = null where night = $night;
