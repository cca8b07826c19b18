select
    customer_id,
    full_name,
    lower(email) as email,
    country_code,
    cast(signed_up_at as date) as signed_up_on,
    newsletter
from {{ source('raw', 'customers') }}
