{{ config(materialized='table') }}
with steps as (
    select
        e.visitor_id,
        max(case when e.kind = 'view' then 1 else 0 end) as viewed,
        max(case when e.kind = 'cart' then 1 else 0 end) as carted,
        max(case when e.kind = 'purchase' then 1 else 0 end) as purchased,
        min(case when e.kind = 'purchase' then e.happened_at end) as first_purchase_at,
        count(distinct e.path) as pages
    from {{ ref('stg_events') }} as e
    where e.happened_on >= date '2024-04-25'
        and e.happened_on < date '2024-05-25'
    group by e.visitor_id
)
select
    v.visitor_id,
    v.device,
    v.origin,
    coalesce(t.viewed, 0) as viewed,
    coalesce(t.carted, 0) as carted,
    coalesce(t.purchased, 0) as purchased,
    t.first_purchase_at,
    t.pages,
    case
        when t.purchased = 1 then 'buyer'
        when t.carted = 1 then 'hesitant'
        when t.viewed = 1 then 'looker'
        else 'none'
    end as stage,
    [[uuid]] as export_id
from {{ ref('stg_visitors') }} as v
left join steps as t on t.visitor_id = v.visitor_id
