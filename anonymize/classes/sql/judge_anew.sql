-- A rung judges anew.
delete from sums;
delete from tops;
delete from supplier_sums;
delete from verdicts;
delete from peeled
