{{ config(materialized='table') }}
select
    l.line_id,
    l.journal_id,
    l.account_id,
    j.booked_on,
    j.origin,
    case
        when l.currency = 'EUR' then l.debit - l.credit
        else round((l.debit - l.credit) * r.rate, 2)
    end as amount,
    l.currency,
    [[random]] as audit_draw
from {{ ref('stg_lines') }} as l
join {{ ref('stg_journal') }} as j on j.journal_id = l.journal_id
left join {{ ref('stg_rates') }} as r on r.currency = l.currency and j.booked_on >= r.valid_from and j.booked_on < r.valid_to
where j.status in ('posted', 'reversed')
