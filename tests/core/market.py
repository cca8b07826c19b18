"""A dbt project in which everything can be selected by something, and dbt's own word on what that selects."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core import project
from bot.domain import Project

Asked = tuple[str, str | None]  # --select and --exclude

# One start of dbt for all expressions: the manifest is parsed once and handed to every listing.
_LISTING = """
import json, sys
from dbt.cli.main import dbtRunner
places = ["--project-dir", ".", "--profiles-dir", ".", "--quiet", "--no-send-anonymous-usage-stats"]
parsed = dbtRunner().invoke(["parse", *places])
assert parsed.success, parsed.exception
runner = dbtRunner(manifest=parsed.result)
found = []
for select, exclude in json.load(open("asked.json")):
    without = ["--exclude", *exclude.split(" ")] if exclude else []
    kinds = ["--resource-type", "model", "--resource-type", "seed", "--resource-type", "snapshot"]
    keys = ["--output", "json", "--output-keys", "unique_id"]
    listed = runner.invoke(["ls", *places, "--select", *select.split(" "), *without, *kinds, *keys])
    assert listed.success, (select, listed.exception)
    found.append([json.loads(line)["unique_id"] for line in listed.result])
json.dump(found, open("found.json", "w"))
"""

_PROJECT = """
name: shop
version: '1.0'
config-version: 2
profile: shop
models:
  shop:
    staging: {+tags: [staging], +materialized: view}
    marts: {+materialized: table, +meta: {owner: {team: core, on_call: true}}, finance: {+tags: finance}}
  local: {+tags: [vendor]}
seeds: {shop: {+tags: [reference], +quote_columns: false}}
snapshots: {shop: {+tags: [nightly]}}
"""

_SCHEMA = """
version: 2
groups: [{name: finance, owner: {name: Fin, email: fin@example.com}}]
sources:
  - name: raw
    schema: raw
    tags: [from_app]
    tables: [{name: orders}, {name: customers, tags: [personal]}]
  - {name: erp, schema: erp, tables: [{name: ledger}]}
models:
  - name: orders
    config: {tags: [nightly, core]}
    columns:
      - name: id
        tags: [keyed]
        tests: [unique, {not_null: {config: {severity: warn}}}]
      - name: customer_id
        tests: [{relationships: {to: "ref('customers')", field: id}}]
  - {name: customers, group: finance, access: public}
  - name: revenue
    latest_version: 2
    versions: [{v: 1}, {v: 2}, {v: 3, config: {materialized: view}}]
  - {name: payroll, group: finance, access: private}
exposures:
  - {name: weekly, type: dashboard, owner: {name: An}, depends_on: ["ref('orders')", "source('erp', 'ledger')"]}
  - {name: yearly, type: analysis, tags: [board], owner: {name: An}, depends_on: ["metric('takings')"]}
semantic_models:
  - name: takings_of
    model: ref('by_month')
    defaults: {agg_time_dimension: paid_on}
    entities: [{name: entry, type: primary, expr: id}]
    dimensions: [{name: paid_on, type: time, type_params: {time_granularity: day}}]
    measures: [{name: total, agg: sum, expr: amount}]
metrics:
  - {name: takings, label: Takings, type: simple, type_params: {measure: total}}
unit_tests:
  - name: adds_up
    model: top
    given: [{input: ref('packaged'), rows: [{id: 1}]}]
    expect: {rows: [{id: 1}]}
    config: {tags: [thorough]}
"""

FILES: Mapping[str, str] = {
    "dbt_project.yml": _PROJECT,
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}",
    "dbt_packages/local/dbt_project.yml": "{name: local, version: '1.0', config-version: 2, profile: shop}",
    "dbt_packages/local/models/packaged.sql": "select 1 as id",
    "dbt_packages/local/models/staging/stg_vendor.sql": "select * from {{ ref('packaged') }}",
    "dbt_packages/local/models/only_there/far.sql": "select 1 as id",
    "dbt_packages/local/seeds/units.csv": "id\n1\n",
    "models/schema.yml": _SCHEMA,
    "models/top.sql": "select * from {{ ref('packaged') }}",
    "models/metricflow_time_spine.sql": "select cast('2024-01-01' as date) as date_day",
    "models/staging/staging.yml": "{version: 2, models: [{name: stg_orders}, {name: scores}]}",
    "models/staging/stg_orders.sql": "select * from {{ source('raw', 'orders') }}",
    "models/staging/stg_customers.sql": "select * from {{ source('raw', 'customers') }}",
    "models/staging/erp/stg_ledger.sql": "select * from {{ source('erp', 'ledger') }}",
    "models/marts/orders.sql": "select *, 1 as id from {{ ref('stg_orders') }}, {{ ref('countries') }}",
    "models/marts/customers.sql": "select * from {{ ref('stg_customers') }}",
    "models/marts/dotted.name.sql": "select * from {{ ref('orders') }}",
    "models/marts/scores.py": "def model(dbt, session):\n    return dbt.ref('orders')\n",
    "models/marts/revenue_v1.sql": "select 1 as id",
    "models/marts/revenue_v2.sql": "select * from {{ ref('orders') }}",
    "models/marts/revenue_v3.sql": "select * from {{ ref('orders') }}",
    "models/marts/finance/by_month.sql": "{{ config(materialized='incremental', unique_key='id', "
    "meta={'owner': {'team': 'money'}, 'reads': ['a', 'b']}) }} select * from {{ ref('revenue') }}",
    "models/marts/finance/payroll.sql": "{{ config(materialized='ephemeral') }} "
    "select * from {{ ref('stg_ledger') }}, {{ ref('revenue', v=1) }}",
    "models/marts/gone.sql": "{{ config(enabled=false) }} select 1 as id",
    "seeds/countries.csv": "code\nat\n",
    "seeds/geo/regions.csv": "code\nx\n",
    "snapshots/orders_history.sql": "{% snapshot orders_history %}{{ config(target_schema='main', unique_key='id', "
    "strategy='check', check_cols='all') }}select * from {{ ref('orders') }}{% endsnapshot %}",
    "analyses/why.sql": "select * from {{ ref('customers') }}, {{ ref('regions') }}",
    "tests/no_loss.sql": "{{ config(tags=['critical']) }} select 1 from {{ ref('by_month') }}, {{ ref('stg_vendor') }} "
    "where false",
}


@dataclass(frozen=True)
class Listed:
    """The project as we read it, and what dbt listed for each expression."""

    project: Project
    found: Mapping[Asked, frozenset[str]]


def ask_dbt(folder: Path, asked: Sequence[Asked]) -> Listed:
    """Writes the project, and lets dbt say what each expression selects."""
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "asked.json").write_text(json.dumps(asked))
    done = subprocess.run([sys.executable, "-c", _LISTING], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    found = json.loads((folder / "found.json").read_text())
    manifest = json.loads((folder / "target/manifest.json").read_text())
    return Listed(project.read(manifest, {}), dict(zip(asked, map(frozenset, found), strict=True)))
