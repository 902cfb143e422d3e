-- A ledger file written anew, with its living rows only. The old file stays attached, so that nobody opens it meanwhile.
attach $old as old;
attach $new as new;
copy from database old to new;
delete from new.compaction_due;
detach new;
