-- Events of a night's classes that do not lie inside the class's node. Must return nothing.
select pool.event_no
from pool
left join classes on classes.night = $night and classes.class_no = pool.class_no
left join product_path on product_path.code = pool.product_code
left join place_path on place_path.code = coalesce(pool.country, '001')
where
    pool.fate = 'classed'
    and pool.fate_night = $night
    and (
        classes.class_no is null
        or classes.kind is distinct from pool.kind
        or coalesce(
            case classes.product_level
                when 'subheading' then product_path.subheading when 'heading' then product_path.heading
                when 'chapter' then product_path.chapter when 'sector' then product_path.sector
                when 'all' then product_path.root
            end, -1
        ) is distinct from (select no from product_path as node where node.code = classes.product_code)
        or coalesce(
            case classes.place_level
                when 'country' then place_path.country when 'subregion' then place_path.subregion
                when 'region' then place_path.region when 'world' then place_path.root
            end, -1
        ) is distinct from (select no from place_path as node where node.code = classes.place_code)
        or classes.period_start is distinct from case classes.period_level
            when 'day' then pool.occurred_on
            when 'dekad' then make_date(
                year(pool.occurred_on),
                month(pool.occurred_on),
                case when day(pool.occurred_on) <= 10 then 1 when day(pool.occurred_on) <= 20 then 11 else 21 end
            )
            else cast(date_trunc(classes.period_level, pool.occurred_on) as date)
        end
        -- a price tier: every event is priced in its unit, and value / quantity lies from `low` to below `high`;
        -- cents a thousandth times 10,000 are thousandths of a dollar a unit
        or (classes.price_unit is null and coalesce(classes.price_low_milli, classes.price_high_milli) is not null)
        or (
            classes.price_unit is not null
            and not coalesce(
                pool.unit = classes.price_unit
                and pool.quantity_milli > 0
                and cast(pool.value_cents as hugeint) * 10000
                >= coalesce(classes.price_low_milli, 0) * cast(pool.quantity_milli as hugeint)
                and (
                    classes.price_high_milli is null
                    or cast(pool.value_cents as hugeint) * 10000
                    < classes.price_high_milli * cast(pool.quantity_milli as hugeint)
                ),
                false
            )
        )
    )
