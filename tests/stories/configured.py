"""A project whose `.proofbot.yml` says much, and a request that puts each word of it to the test."""

from __future__ import annotations

from collections.abc import Mapping

PERSONAL = ("private.example", "+49 170", "Secretville")
"""Parts of values that nobody may ever read."""


def _range(rows: int) -> str:
    return f"(select range as i from range({rows}))"


def _people(changed: str, rows: int, first: int = 0) -> str:
    return (
        f"select i as id, 'nick' || i as nickname, 'person' || i || {changed} || '@private.example' as email, "
        f"'+49 170 ' || i || {changed} as phone, 'Secretville' || i % 3 || {changed} as city, "
        f"1950 + i as born from {_range(rows)} where i >= {first}"
    )


_STEPS = "case when i < 4 then 0.001 when i = 7 then 1 else 0 end"
_RAISED = "i * 1.5 + case when i < 3 then 100 else 0 end"
_DAYS = "date '2026-01-01' + (7 * i)::integer as day"

# name: its SQL at base and at head, which plain DuckDB can run, too
SQL: Mapping[str, tuple[str, str]] = {
    "grows": (f"select i as id from {_range(10)}", f"select i as id from {_range(12)}"),
    "bursts": (f"select i as id from {_range(10)}", f"select i as id from {_range(12)}"),
    "renamed": (
        f"select i as id, 2 * i as old_name from {_range(10)}",
        f"select i as id, 2 * i + (i = 3)::integer as new_name from {_range(10)}",
    ),
    "tolerant": (
        f"select i as id, i / 4 as ratio, 'base' as _loaded_by, upper('word') as word from {_range(10)}",
        f"select i as id, i / 4 + {_STEPS} as ratio, 'head' as _loaded_by, 'word ' as word from {_range(10)}",
    ),
    "filtered": (
        f"select i as id, i as amount from {_range(20)}",
        f"select i as id, i + (i in (2, 15))::integer as amount from {_range(20)}",
    ),
    "windowed": (
        f"select i as id, i as amount, {_DAYS} from {_range(12)}",
        f"select i as id, i + (i in (1, 8))::integer as amount, {_DAYS} from {_range(12)}",
    ),
    "periods": (
        f"select i as id, i as amount, {_DAYS} from {_range(12)}",
        f"select i as id, i + (i in (1, 2, 8))::integer as amount, {_DAYS} from {_range(13)} where i <> 5",
    ),
    "switched_off": (f"select i as id from {_range(5)}", f"select i + 1 as id from {_range(5)}"),
    "half_off": (f"select i as id from {_range(5)}", f"select i + 1 as id from {_range(5)}"),
    "guesses": (
        f"select i as guess_id, i as amount from {_range(10)}",
        f"select i as guess_id, i + (i = 1)::integer as amount from {_range(10)}",
    ),
    "proposals": (
        f"select i as proposal_id, i as amount from {_range(10)}",
        f"select i as proposal_id, i + (i = 1)::integer as amount from {_range(10)}",
    ),
    "measured": (
        f"select i as id, ['new', 'open', 'done'][1 + i % 3] as status, i * 1.5 as amount, {_DAYS} from {_range(30)}",
        f"select i as id, ['new', 'open', 'lost'][1 + i % 3] as status, {_RAISED} as amount, {_DAYS} from {_range(30)}",
    ),
    "people_by_number": (
        "select id, phone from {{ ref('people') }}",
        "select id, phone::tinyint from {{ ref('people') }}",
    ),
    "people_where": (_people("''", 3), _people("'y'", 3)),
    "people": (_people("''", 12), _people("case when i in (4, 5) then 'x' else '' end", 13, first=1)),
}
KEYED = frozenset(SQL) - {"guesses", "proposals"}
_OFF = "{schema: false, row_count: false, keys: false, values: false, profile: false, tests: false, build: false}"

CONFIGURATION = f"""
samples:
  rows: 3
  columns: {{phone: mask, City: hash, nickname: show}}
checks:
  profile: {{measures: [nulls, min, max, distinct, mean]}}
models:
  - {{select: "path:models/keyed", key: id}}
  - {{select: grows, checks: {{row_count: {{fail: 50%}}, values: {{fail: {{added: 50%}}}}}}}}
  - {{select: bursts, checks: {{row_count: {{fail: 10%}}, values: {{fail: {{added: 50%}}}}}}}}
  - {{select: renamed, checks: {{values: {{rename: {{old_name: new_name}}}}}}}}
  - select: tolerant
    checks:
      values:
        exclude: ["_loaded_*"]
        tolerance: {{columns: {{ratio: 0.01}}}}
        ignore_case: [word]
        ignore_trailing_spaces: true
  - {{select: filtered, checks: {{values: {{where: id < 10}}}}}}
  - {{select: windowed, checks: {{values: {{window: {{column: day, from: 2026-02-01}}}}}}}}
  - {{select: periods, checks: {{values: {{by_period: {{column: day, period: month}}}}}}}}
  - {{select: switched_off, checks: {_OFF}}}
  - {{select: half_off, checks: {{row_count: false, keys: false, values: false, profile: false}}}}
  - {{select: guesses, infer_keys: true}}
  - select: measured
    checks:
      profile: {{columns: [amount, status], measures: [mean, sum, max, distinct], fail: {{mean: 1%}}}}
      top_k: {{columns: status, warn: {{appeared: 0}}}}
      histogram: {{columns: [amount, day], bins: 4}}
  - select: people
    checks:
      profile: {{columns: "*"}}
      top_k: {{columns: "*"}}
      histogram: {{columns: "*"}}
  - {{select: people_where, checks: {{values: {{where: city::integer > 1}}}}}}
queries:
  changed_query: {{sql: "select id, amount from {{{{ ref('measured') }}}} where id < 10", key: id}}
  same_query: {{sql: "select id, day from {{{{ ref('measured') }}}}"}}
  beside_the_untouched:
    key: id
    sql: select id, word, status from {{{{ ref('untouched') }}}} join {{{{ ref('measured') }}}} using (id)
  bad_query: {{sql: "select nonsense from {{{{ ref('measured') }}}}"}}
  only_untouched: {{sql: "select word from {{{{ ref('untouched') }}}}"}}
  of_a_file: {{file: checks/days.sql}}
  people_by_name: {{sql: "select id, email, phone from {{{{ ref('people') }}}}", key: id}}
  people_by_another_name: {{sql: "select id, lower(email) as contact from {{{{ ref('people') }}}}", key: id}}
  people_by_both: {{sql: "select id, email, lower(email) as contact from {{{{ ref('people') }}}}"}}
  people_twice: {{sql: "select a.*, b.* from {{{{ ref('people') }}}} a join {{{{ ref('people') }}}} b using (id)"}}
  people_as_rows: {{sql: "select p as anyone from {{{{ ref('people') }}}} as p"}}
  people_as_numbers: {{sql: "select id, email::integer as number from {{{{ ref('people') }}}}"}}
assertions:
  nobody_leaves:
    sql: |
      select id, email, phone, city from {{{{ base_ref('people') }}}}
      where id not in (select id from {{{{ ref('people') }}}})
  no_negative_amount: {{sql: "select * from {{{{ ref('measured') }}}} where amount < 0"}}
  bad_assertion: {{sql: "select id from {{{{ ref('measured') }}}} where nonsense", severity: warn}}
metrics:
  changed_metric: {{model: measured, by: status, value: sum(amount), fail: 1%}}
  same_metric: {{model: measured, value: count(*)}}
  small_metric: {{model: measured, value: sum(amount), fail: 99%}}
  people_by_city: {{model: people, by: [city], value: count(*)}}
  people_by_mail: {{model: people, by: {{who: lower(email)}}, value: max(phone)}}
  bad_metric: {{model: measured, value: sum(nonsense)}}
"""

SCHEMA = """
models:
  - name: people
    columns: &personal [{name: email, config: {tags: [pii]}}, {name: born, config: {meta: {pii: true}}}]
  - name: people_where
    columns: *personal
"""


def _path(name: str) -> str:
    return f"models/{'keyed' if name in KEYED else 'others'}/{name}.sql"


BASE: Mapping[str, str] = {
    ".proofbot.yml": CONFIGURATION,
    "checks/days.sql": "select day, count(*) as n from {{ ref('measured') }} group by day",
    "models/schema.yml": SCHEMA,
    "models/others/untouched.sql": f"select i as id, 'word' || i as word from {_range(30)}",
    **{_path(name): base for name, (base, _) in SQL.items()},
}
REQUEST: Mapping[str, str | None] = {
    ".proofbot.yml": "samples: {rows: 9, personal: nothing}\nchecks: {row_count: {fail: 99%}, values: false}\n",
    "checks/days.sql": "select 1 as n",
    **{_path(name): head for name, (_, head) in SQL.items()},
}
