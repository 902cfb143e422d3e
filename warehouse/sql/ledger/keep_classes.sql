-- classes: tonight's classes with the codes of their nodes.
insert into classes
select
    $night as night, found_classes.class_no, found_classes.rung, found_classes.kind,
    product_path.level as product_level, product_path.code as product_code,
    place_path.level as place_level, place_path.code as place_code,
    found_classes.period_level, found_classes.period_start,
    found_classes.price_unit, found_classes.price_low_milli, found_classes.price_high_milli
from found_classes
inner join product_path on product_path.no = found_classes.product
inner join place_path on place_path.no = found_classes.place
