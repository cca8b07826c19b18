{{ config(materialized='table') }}
select
    f.origin,
    coalesce(c.channel_group, 'rest') as channel_group,
    count(*) as visitors,
    sum(f.purchased) as buyers,
    sum(f.purchased) / count(*) as share,
    max(f.pages) as most_pages
from {{ ref('fct_funnel') }} as f
left join {{ ref('channel_groups') }} as c on c.origin = f.origin
where f.stage <> 'none'
group by f.origin, c.channel_group
