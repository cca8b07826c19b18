{{ config(materialized='table') }}
select
    i.invoice_id,
    i.subscription_id,
    s.account_id,
    i.issued_on,
    i.total - i.tax as net_total,
    case
        when i.is_voided then 'void'
        when i.paid_on is null then 'open'
        when i.paid_on > i.issued_on + interval 30 day then 'late'
        else 'paid'
    end as payment_state,
    i.paid_on - i.issued_on as days_to_pay,
    row_number() over (partition by i.subscription_id order by i.issued_on[[tie i.invoice_id]]) as invoice_number
from {{ ref('stg_invoices') }} as i
left join {{ ref('stg_subscriptions') }} as s on s.subscription_id = i.subscription_id
where not i.is_voided
