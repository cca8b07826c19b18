{{ config(materialized='table') }}
select distinct
    f.customer_id,
    f.channel,
    f.state
from {{ ref('fct_orders') }} as f
where f.customer_id is not null
    and f.ordered_on between date '2024-02-01' and date '2024-06-30'
