select
    customers.customer_id,
    customers.full_name,
    customers.email,
    customers.country_code,
    countries.country_name,
    countries.region,
    customers.signed_up_on,
    customers.newsletter
from {{ ref('stg_customers') }} as customers
left join {{ ref('countries') }} as countries using (country_code)
