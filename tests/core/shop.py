"""A small dbt project in which every kind of change has models of its own, written out and read by dbt itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.core import project
from bot.domain import Project
from tests import warm

PROJECT = """
name: shop
version: '1.0'
config-version: 2
profile: shop
seed-paths: [seeds]
vars: {cutoff: 3, unused: 1}
models: {shop: {folder: {+materialized: view}}}
"""

BASE: Mapping[str, str] = {
    "dbt_project.yml": PROJECT,
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}",
    "dbt_packages/local/dbt_project.yml": "{name: local, version: '1.0', config-version: 2, profile: shop}",
    "dbt_packages/local/models/packaged.sql": "select 1 as id",
    "dbt_packages/local/macros/money.sql": "{% macro money(c) %}{{ local.inner(c) }}{% endmacro %}"
    "{% macro inner(c) %}{{ return(adapter.dispatch('rounded', 'local')(c)) }}{% endmacro %}"
    "{% macro default__rounded(c) %}round({{ c }}, 2){% endmacro %}",
    "macros/cents.sql": "{% macro cents(c) %}({{ hundredth(c) }}){% endmacro %}"
    "{% macro hundredth(c) %}{{ c }} / 100{% endmacro %}"
    "{% macro unused(c) %}{{ c }}{% endmacro %}",
    "macros/materialization.sql": "{% materialization own, adapter='duckdb' %}"
    "{% call statement('main') %}create or replace table {{ this }} as {{ sql }}{% endcall %}"
    "{{ return({'relations': [this]}) }}{% endmaterialization %}",
    "seeds/small.csv": "id,amount\n1,10\n2,20\n",
    "seeds/large.csv": "id\n" + "1000000\n" * 140_000,
    "models/moved.sql": "select * from {{ ref('small') }}",
    "models/direct.sql": "select {{ cents('amount') }} as a from {{ ref('small') }}",
    "models/via.sql": "select {{ hundredth('amount') }} as a from {{ ref('small') }}",
    "models/dispatched.sql": "select {{ local.money('amount') }} as a from {{ ref('small') }}",
    "models/branch.sql": "select 1 {% if execute %}+ {{ cents('1') }}{% endif %} as a",
    "models/own.sql": "{{ config(materialized='own') }} select 1 as a",
    "models/reads_var.sql": "select {{ var('cutoff') }} as a",
    "models/folder/in_folder.sql": "select 1 as a",
    "models/described.sql": "select id from {{ ref('small') }}",
    "models/contracted.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/reads_source.sql": "select * from {{ source('lake', 'events') }}",
    "models/reads_seed_as_source.sql": "select * from {{ source('main', 'small') }}",
    "models/changed.sql": "select 1 as a",
    "models/eph.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('changed') }}",
    "models/below_eph.sql": "select * from {{ ref('eph') }}",
    "models/gone.sql": "select 1 as a",
    "models/below_gone.sql": "select * from {{ ref('gone') }}",
    "models/comment.sql": "select 'a' as a, cast(1 as {{ type_string() }}) as b",
    "models/below_comment.sql": "select * from {{ ref('comment') }}",
    "models/inc.sql": "{{ config(materialized='incremental', unique_key='a') }} select 1 as a"
    "{% if is_incremental() %} where 1 = 1{% endif %}",
    "models/py.py": "def model(dbt, session):\n    return dbt.ref('small')\n",
    "snapshots/history.sql": "{% snapshot history %}{{ config(target_schema='main', unique_key='id', strategy='check',"
    " check_cols='all') }}select * from {{ ref('small') }}{% endsnapshot %}",
    "models/schema.yml": """
version: 2
sources:
  - name: lake
    meta: {external_location: "data/{name}.csv"}
    tables: [{name: events}]
  - name: main
    schema: main
    tables: [{name: small}]
models:
  - name: described
    description: before
    columns: [{name: id, tests: [unique, not_null]}]
  - name: contracted
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: int, constraints: [{type: primary_key}]}]
""",
}


@dataclass(frozen=True)
class Read:
    """A project that dbt has read, and its compiled SQL where dbt has compiled it."""

    project: Project
    compiled: Mapping[str, str]


def read(folder: Path, files: Mapping[str, str], command: str) -> Read:
    """Writes a project, lets dbt parse or compile it, and reads the manifest.

    The folder is the same for all variants, one after the other, as it is for the twins.
    """
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    call = [str(warm.dbt()), "--quiet", "--no-send-anonymous-usage-stats", command]
    places = ["--project-dir", ".", "--profiles-dir", ".", "--target-path", "target", "--log-path", "logs"]
    done = subprocess.run([*call, *places], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((folder / "target/manifest.json").read_text())
    settings = {path: yaml.safe_load(text) for path, text in files.items() if path.endswith("dbt_project.yml")}
    variables = {entry["name"]: entry.get("vars") or {} for entry in settings.values()}
    compiled = {unique_id: entry.get("compiled_code") or "" for unique_id, entry in manifest["nodes"].items()}
    return Read(project.read(manifest, variables), compiled)
