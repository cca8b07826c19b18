{% snapshot customers_history %}
{{ config(target_schema='history', unique_key='customer_id', strategy='timestamp', updated_at='updated_at') }}
select customer_id, email, country_code, updated_at from {{ source('raw', 'customers') }}
{% endsnapshot %}
