"""A project with one of everything that has broken such tools before, and what a request does to each."""

from __future__ import annotations

from collections.abc import Mapping

_EXTERNAL = "{{ config(materialized='external', location='out_file.parquet') }} "
_ODD = '{{ config(alias="Odd Na\'me. ") }} '
_VANISHING = "{{ config(post_hook='drop table {{ this }}') }} "
_INCREMENTAL = "{{ config(materialized='incremental', unique_key='id') }} "
_SNAPSHOT = (
    "{% snapshot history %}"
    "{{ config(target_schema='snaps', unique_key='id', strategy='check', check_cols=['amount']) }} "
    "select * from {{ ref('small') }}{% endsnapshot %}"
)
_WIDE = ", ".join(f"i + {column} as c{column}" for column in range(299))


def _range(rows: int) -> str:
    return f"(select range as i from range({rows}))"


def _seed(rows: int, shift: int) -> str:
    return "id,amount\n" + "".join(f"{row},{row * 10 + (shift if row == 7 else 0)}\n" for row in range(rows))


def _large_seed(changed: str) -> str:
    """Above 1 MiB, so that dbt compares it by its path alone."""
    filler = "x" * 100
    rows = [f"{row},{filler if row != 5000 else changed}" for row in range(11_000)]
    return "id,word\n" + "\n".join(rows) + "\n"


BASE: Mapping[str, str] = {
    "macros/rate.sql": "{% macro rate() %}2{% endmacro %}",
    "macros/unused.sql": "{% macro unused() %}1{% endmacro %}",
    "data/local.csv": "id,word\n1,a\n2,b\n",
    "seeds/small.csv": _seed(20, 0),
    "seeds/large.csv": _large_seed("before"),
    "models/from_small.sql": "select id, amount from {{ ref('small') }}",
    "models/untouched.sql": f"select i as id from {_range(5)}",
    "models/by_macro.sql": f"select i as id, i * {{{{ rate() }}}} as doubled from {_range(10)}",
    "models/same_sql.sql": f"select i as id from {_range(10)}",
    "models/reads_file.sql": "{{ config(materialized='view') }} select * from read_csv('data/local.csv')",
    "models/empty.sql": f"select i as id from {_range(3)} where i > 100",
    "models/no_key.sql": f"select i % 3 as a, 'x' as b from {_range(9)}",
    "models/breaks.sql": f"select i as id from {_range(4)}",
    "models/below_breaks.sql": "select * from {{ ref('breaks') }}",
    "models/mended.sql": "select nonsense from nowhere",
    "models/broken.sql": "select nonsense from nowhere",
    "models/goes_away.sql": f"select i as id from {_range(6)}",
    "models/nested.sql": f"select i as id, [i, i + 1] as pair, {{'a': i, 'b': 'x'}} as thing from {_range(10)}",
    "models/floats.sql": (
        "select 1 as id, 'nan'::double as x union all select 2, -0.0::double union all select 3, null "
        "union all select 4, 0.1::double + 0.2::double"
    ),
    "models/bad_keys.sql": (
        f"select case when i = 1 then null when i = 2 then 3 else i end as id, i as x from {_range(6)}"
    ),
    "models/wide.sql": f"select i as id, {_WIDE} from {_range(50)}",
    "models/one_column.sql": f"select i as id from {_range(10)}",
    "models/type_change.sql": f"select i as id, i::integer as amount from {_range(10)}",
    "models/odd.sql": _ODD + f'select i as "select", i as "Attend. ""x""", i as "Start (ET)" from {_range(10)}',
    "models/passing.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('untouched') }}",
    "models/below_passing.sql": "select * from {{ ref('passing') }}",
    "models/growing.sql": (_INCREMENTAL + "select i as id, 1 as x from " + _range(8)),
    "models/py.py": (
        "def model(dbt, session):\n    dbt.config(materialized='table')\n"
        "    return session.sql('select range as id, 1 as x from range(5)')\n"
    ),
    "models/out_file.sql": _EXTERNAL + "select 1 as id, 'a' as x",
    "models/vanishes.sql": _VANISHING + "select 1 as id",
    "models/reads_out.sql": "select * from {{ ref('out_file') }}",
    "snapshots/history.sql": _SNAPSHOT,
    "models/schema.yml": """
models:
  - name: from_small
    columns: [{name: id, data_tests: [unique, not_null]}, {name: amount, data_tests: [not_null]}]
  - name: by_macro
    columns: [{name: id, data_tests: [unique, not_null]}]
  - name: nested
    columns: [{name: id, data_tests: [unique, not_null]}]
  - name: floats
    columns: [{name: id, data_tests: [unique]}]
  - name: bad_keys
    config: {meta: {proofbot: {key: id}}}
  - name: wide
    columns: [{name: id, data_tests: [unique]}]
  - name: one_column
    columns: [{name: id, data_tests: [unique]}]
  - name: type_change
    columns: [{name: id, data_tests: [unique]}, {name: amount, data_tests: [{accepted_values: {values: [1]}}]}]
  - name: py
    columns: [{name: id, data_tests: [unique]}]
""",
}

REQUEST: Mapping[str, str | None] = {
    "macros/rate.sql": "{% macro rate() %}3{% endmacro %}",
    "macros/unused.sql": "{% macro unused() %}2{% endmacro %}",
    "data/local.csv": "id,word\n1,a\n2,c\n3,d\n",
    "seeds/small.csv": _seed(20, 1),
    "seeds/large.csv": _large_seed("after!"),
    "models/same_sql.sql": f"-- said better\nselect i as id\nfrom {_range(10)}",
    "models/reads_file.sql": "{{ config(materialized='view') }} select id, word from read_csv('data/local.csv')",
    "models/empty.sql": f"select i as id from {_range(3)} where i > 99",
    "models/no_key.sql": f"select i % 3 as a, 'x' as b from {_range(8)} union all select 7, 'y'",
    "models/breaks.sql": "select i as id from (select nonsense from nowhere)",
    "models/mended.sql": f"select i as id from {_range(4)}",
    "models/broken.sql": "select other_nonsense from nowhere",
    "models/goes_away.sql": None,
    "models/comes.sql": f"select i as id from {_range(12)}",
    "models/nested.sql": (
        f"select i as id, [i, i + case when i = 3 then 2 else 1 end] as pair, "
        f"{{'a': i, 'b': case when i < 2 then 'y' else 'x' end}} as thing from {_range(10)}"
    ),
    "models/floats.sql": (
        "select 1 as id, 'nan'::double as x union all select 2, 0.0::double union all select 3, 1 "
        "union all select 4, 0.3::double"
    ),
    "models/bad_keys.sql": (
        f"select case when i = 1 then null when i = 2 then 3 else i end as id, i + (i = 5)::int as x from {_range(6)}"
    ),
    "models/wide.sql": f"select i as id, {_WIDE.replace('i + 7 as', 'i + 7 + (i = 9)::int as')} from {_range(50)}",
    "models/one_column.sql": f"select i + 1 as id from {_range(10)}",
    "models/type_change.sql": f"select i as id, i::varchar as amount from {_range(10)}",
    "models/odd.sql": (
        _ODD + f'select i as "select", i + (i = 2)::int as "Attend. ""x""", i as "Start (ET)" from {_range(10)}'
    ),
    "models/passing.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('untouched') }} where id > 1",
    "models/growing.sql": (_INCREMENTAL + "select i as id, 1 + (i = 0)::int as x from " + _range(8)),
    "models/vanishes.sql": _VANISHING + "select 2 as id",
    "models/py.py": (
        "def model(dbt, session):\n    dbt.config(materialized='table')\n"
        "    return session.sql('select range as id, 1 + (range = 4)::int as x from range(5)')\n"
    ),
    "models/out_file.sql": _EXTERNAL + "select 1 as id, 'b' as x",
}
