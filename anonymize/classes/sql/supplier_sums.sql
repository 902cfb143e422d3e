-- supplier_sums: what the suppliers' rules look at. Where a group passes even if all members of a coalition sold as
-- much as the largest, they are taken to have done so, and nobody is sorted.
-- Grain: one row per group and measure, appended for `$measure`.
insert into supplier_sums
with sold as (
    select
        sales.group_no,
        case $measure
            when 'n_events' then sales.n_events
            when 'value_usd' then sales.value_cents
            else sales.other_amount
        end as amount
    from sales
    inner join asked on asked.group_no = sales.group_no and asked.measure = $measure
),

totals as (
    select group_no, count(*) as n_suppliers, sum(amount) as total, max(amount) as largest
    from sold
    where amount is not null
    group by group_no
),

ranked as (
    select
        sold.group_no,
        sold.amount,
        row_number() over (partition by sold.group_no order by sold.amount desc) as place
    from sold
    inner join totals on totals.group_no = sold.group_no
    where
        sold.amount is not null
        and totals.n_suppliers >= $supplier_k
        and (totals.total - ($supplier_coalition + 1) * totals.largest) * $supplier_p_den
        < totals.largest * $supplier_p_num
),

tops_sold as (
    select group_no, sum(amount) as coalition_and_next
    from ranked
    where place <= $supplier_coalition + 1
    group by group_no
)

select
    totals.group_no,
    $measure as measure,
    totals.n_suppliers,
    totals.total,
    totals.largest,
    coalesce(tops_sold.coalition_and_next, ($supplier_coalition + 1) * totals.largest) as coalition_and_next
from totals
left join tops_sold on tops_sold.group_no = totals.group_no
