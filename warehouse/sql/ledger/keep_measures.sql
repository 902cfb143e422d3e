-- class_measures: what each of tonight's classes may say.
insert into class_measures
select $night as night, class_no, measure, amount, n_counting, is_given from found_measures
