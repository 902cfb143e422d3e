-- A group somebody was just peeled off is judged again; the others keep their sums and verdicts.
delete from sums where group_no in (select peeled_now.group_no from peeled_now);
delete from tops where group_no in (select peeled_now.group_no from peeled_now);
delete from verdicts where group_no in (select peeled_now.group_no from peeled_now);
delete from peeled_now
