-- A closed epoch leaves no pseudonym behind.
delete from seen where epoch <= $closed_epoch;
delete from account_keys where epoch <= $closed_epoch;
delete from counting_accounts where epoch <= $closed_epoch;
delete from first_months where epoch <= $closed_epoch;
delete from asked_terms where epoch <= $closed_epoch;
delete from epochs where epoch <= $closed_epoch;
insert into compaction_due values ('an epoch closed');
