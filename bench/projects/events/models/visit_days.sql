{{ config(materialized='table') }}
select distinct
    i.visitor_id,
    i.device,
    i.has_purchase
from {{ ref('int_visits') }} as i
where i.minutes >= 20
