-- opted_out: adds the accounts that tonight's events name as opted out.
insert into opted_out
select distinct epoch, key_account as account from arrived where is_opted_out
