-- Classes that are no more say nothing.
delete from found_measures where class_no in (select dissolved.class_no from dissolved)
