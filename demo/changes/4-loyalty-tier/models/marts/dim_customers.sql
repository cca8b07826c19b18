select
    customers.customer_id,
    customers.full_name,
    customers.email,
    customers.country_code,
    countries.country_name,
    countries.region,
    customers.signed_up_on,
    customers.newsletter,
    case
        when customers.signed_up_on < date '2024-01-01' then 'gold'
        when customers.signed_up_on < date '2025-01-01' then 'silver'
        else 'bronze'
    end as loyalty_tier
from {{ ref('stg_customers') }} as customers
left join {{ ref('countries') }} as countries on countries.country_code = customers.country_code
