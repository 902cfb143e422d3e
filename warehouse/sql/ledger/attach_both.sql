-- Two ledger files beside each other, to be read only.
attach $theirs as theirs (read_only);
attach $ours as ours (read_only);
