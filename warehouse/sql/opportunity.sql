-- opportunity: where a product is wanted more than elsewhere, more than before, and with fewer sellers answering.
-- Grain: one row per kind, product node (sector, chapter, heading) and place node (sub-region, country) with events in
-- the window: the last three closed months of the kind, or as many as leave an equally long window before them.
-- A grade is given only where enough of what it rests on is known to belong here; its status says why it is not.
-- Reads: classes, demand, records (records.sql), product_up, place_up; parameters: release_id; closed_to, the last day that a closed month
-- may have; least_placed, the coverage from which on a grade is given.
with months as (
    select distinct
        demand.kind,
        demand.period_end,
        year(demand.period_start) * 12 + month(demand.period_start) as month_no,
        year(records.begins) * 12 + month(records.begins) as first_no
    from demand
    inner join records on records.kind = demand.kind
    where
        demand.period_level = 'month'
        and demand.period_end <= $closed_to
        and demand.period_start >= records.begins
        and demand.kind <> 'cancellation'
),

lengths as (
    select
        kind,
        max(month_no) as last_no,
        greatest(1, least(3, (max(month_no) - min(first_no) + 1) // 2)) as n_months,
        max(month_no) - min(first_no) + 1 >= 2 as has_before,
        max(period_end) as window_end
    from months
    group by kind
),

windows as (
    select
        *,
        cast(date_trunc('month', window_end) - to_months(cast(n_months - 1 as integer)) as date) as window_start
    from lengths
),

-- What demand shows of each node in the window (is_now) and in the one before it.
sums as (
    select
        demand.kind,
        demand.product_level,
        demand.product_code,
        demand.place_level,
        demand.place_code,
        demand.period_start >= windows.window_start as is_now,
        cast(sum(demand.n_events) as bigint) as n_events,
        cast(sum(cast(round(demand.n_events / demand.placed_ratio) as bigint)) as bigint) as n_possible,
        cast(sum(cast(round(demand.value_usd * 100) as bigint)) as bigint) as value_cents
    from demand
    inner join windows on windows.kind = demand.kind
    where
        demand.nes is null
        and demand.period_level = 'month'
        and demand.product_level in ('sector', 'chapter', 'heading')
        and demand.place_level in ('subregion', 'country')
        and demand.period_end <= windows.window_end
        and demand.period_start >= windows.window_start - to_months(cast(windows.n_months as integer))
    group by all
),

totals as (
    select
        *,
        cast(sum(n_events) over (partition by kind, is_now, product_code, place_level) as bigint) as product_events,
        cast(sum(n_events) over (partition by kind, is_now, product_level, place_code) as bigint) as market_events,
        cast(sum(n_events) over (partition by kind, is_now, product_level, place_level) as bigint) as all_events,
        max(n_events) over (partition by kind, is_now, product_code, place_level) as largest,
        row_number() over (
            partition by kind, is_now, product_code, place_level order by n_events desc, place_code
        ) as place_row,
        row_number() over (
            partition by kind, is_now, product_level, place_code order by n_events desc, product_code
        ) as product_row
    from sums
),

over_markets as (
    select
        kind,
        product_code,
        place_level,
        cast(sum(n_events * n_events) as double) / pow(max(product_events), 2) as hhi,
        cast(sum(n_events) filter (where place_row <= 3) as double) / max(product_events) as top3_share
    from totals
    where is_now
    group by kind, product_code, place_level
),

over_products as (
    select
        kind,
        product_level,
        place_code,
        cast(sum(n_events * n_events) as double) / pow(max(market_events), 2) as hhi,
        cast(sum(n_events) filter (where product_row <= 3) as double) / max(market_events) as top3_share
    from totals
    where is_now
    group by kind, product_level, place_code
),

-- RFQs within each node and window, and what classes tell of their quotes.
answers as (
    select
        windows.kind,
        product_up.up_code as product_code,
        place_up.up_code as place_code,
        cast(sum(classes.n_events) as bigint) as n_rfqs,
        cast(coalesce(sum(classes.n_events) filter (where classes.quotes_status = 'given'), 0) as bigint)
            as n_rfqs_told,
        cast(coalesce(sum(classes.n_events) filter (where classes.quotes_received = 0), 0) as bigint) as n_unanswered,
        cast(sum(classes.quotes_received) as bigint) as quotes_received
    from windows
    inner join classes
        on classes.kind = 'rfq'
        and classes.period_start >= windows.window_start
        and classes.period_end <= windows.window_end
    inner join product_up on product_up.code = classes.product_code
    inner join place_up on place_up.code = classes.place_code
    group by all
),

-- RFQs that are or may be at each node in the window: what the quotes are known of is a part of them.
asked as (
    select
        windows.kind,
        demand.product_code,
        demand.place_code,
        cast(sum(cast(round(demand.n_events / demand.placed_ratio) as bigint)) as bigint) as n_possible
    from windows
    inner join demand
        on demand.kind = 'rfq'
        and demand.nes is null
        and demand.period_level = 'month'
        and demand.period_start >= windows.window_start
        and demand.period_end <= windows.window_end
    where demand.product_level in ('sector', 'chapter', 'heading') and demand.place_level in ('subregion', 'country')
    group by all
),

known as (
    select
        now.kind,
        now.product_level,
        now.product_code,
        now.place_level,
        now.place_code,
        windows.window_start,
        windows.window_end,
        windows.n_months,
        now.n_events,
        now.value_cents,
        cast(now.n_events as double) / now.n_possible as placed_ratio,
        now.product_events,
        now.market_events,
        now.all_events,
        now.largest,
        cast(now.n_events as double) / now.product_events as market_share,
        cast(now.n_events as double) * now.all_events / (cast(now.market_events as double) * now.product_events)
            as location_quotient,
        before.n_events as n_events_before,
        before.product_events as product_events_before,
        cast(before.n_events as double) / before.n_possible as placed_ratio_before,
        -- null where the product is known at one place only, before and now: its share is 1 by definition
        case when now.n_events < now.product_events or before.n_events < before.product_events
            then cast(now.n_events as double) * before.product_events
                / (cast(now.product_events as double) * before.n_events) end as growth,
        answers.n_rfqs,
        answers.n_rfqs_told,
        case when answers.n_rfqs_told > 0 then answers.quotes_received end as quotes_received,
        cast(answers.quotes_received as double) / nullif(answers.n_rfqs_told, 0) as quotes_per_rfq,
        cast(answers.n_unanswered as double) / nullif(answers.n_rfqs_told, 0) as unanswered_ratio,
        cast(answers.n_rfqs_told as double) / asked.n_possible as quotes_placed_ratio,
        over_markets.hhi as hhi_over_markets,
        over_markets.top3_share as top3_share_over_markets,
        over_products.hhi as hhi_over_products,
        over_products.top3_share as top3_share_over_products
    from totals as now
    inner join windows on windows.kind = now.kind
    left join totals as before
        on not before.is_now
        and windows.has_before
        and before.kind = now.kind
        and before.product_code = now.product_code
        and before.place_code = now.place_code
    left join answers
        on answers.kind = now.kind
        and answers.product_code = now.product_code
        and answers.place_code = now.place_code
    left join asked
        on asked.kind = now.kind
        and asked.product_code = now.product_code
        and asked.place_code = now.place_code
    left join over_markets
        on over_markets.kind = now.kind
        and over_markets.product_code = now.product_code
        and over_markets.place_level = now.place_level
    left join over_products
        on over_products.kind = now.kind
        and over_products.product_level = now.product_level
        and over_products.place_code = now.place_code
    where now.is_now
),

scored as (
    select
        *,
        50 * ln(1 + n_events) / ln(1 + largest) + 50 * location_quotient / (1 + location_quotient) as demand_part,
        100 * growth / (1 + growth) as growth_part,
        100 / (1 + quotes_per_rfq) as supply_gap_part
    from known
),

judged as (
    select
        *,
        case when placed_ratio < $least_placed then 'placed_low' else 'given' end as demand_status,
        case
            when growth_part is null then 'none'
            when placed_ratio < $least_placed or placed_ratio_before < $least_placed then 'placed_low'
            else 'given'
        end as growth_status,
        case
            when supply_gap_part is null then 'none'
            when quotes_placed_ratio < $least_placed then 'placed_low'
            else 'given'
        end as supply_gap_status
    from scored
)

select
    $release_id as release_id,
    kind,
    product_level,
    product_code,
    place_level,
    place_code,
    window_start,
    window_end,
    n_months,
    n_events,
    cast(value_cents as double) / 100 as value_usd,
    placed_ratio,
    product_events,
    market_events,
    all_events,
    market_share,
    location_quotient,
    n_events_before,
    product_events_before,
    placed_ratio_before,
    growth - 1 as share_growth_ratio,
    n_rfqs,
    n_rfqs_told,
    cast(n_rfqs_told as double) / n_rfqs as quotes_coverage,
    quotes_received,
    quotes_per_rfq,
    unanswered_ratio,
    quotes_placed_ratio,
    hhi_over_markets,
    top3_share_over_markets,
    hhi_over_products,
    top3_share_over_products,
    demand_part,
    growth_part,
    supply_gap_part,
    demand_status,
    growth_status,
    supply_gap_status,
    case when demand_status = 'given' then cast(least(5, 1 + floor(demand_part / 20)) as bigint) end as demand_grade,
    case when growth_status = 'given' then cast(least(5, 1 + floor(growth_part / 20)) as bigint) end as growth_grade,
    case when supply_gap_status = 'given' then cast(least(5, 1 + floor(supply_gap_part / 20)) as bigint) end
        as supply_gap_grade,
    case when demand_status = 'given' and growth_status = 'given' and supply_gap_status = 'given'
        then pow(demand_part * growth_part * supply_gap_part, 1.0::double / 3) end as score
from judged
order by kind, product_code, place_code
