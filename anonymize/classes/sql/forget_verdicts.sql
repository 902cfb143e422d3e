-- A rung judges anew.
delete from verdicts;
delete from supplier_verdicts;
