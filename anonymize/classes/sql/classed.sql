-- classed: which event stands in which class. Grain: one row per event that stands in one.
create or replace temp table classed as select event_no, class_no from placed
