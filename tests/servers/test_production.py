"""Production as the origin on Postgres: what a request does not touch is read there, and nothing there is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import postgres_server, warm
from tests.postgres_server import Database
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_FILES: dict[str, str | None] = {
    ".proofbot.yml": "policy: standard\norigin: {from: production, state: production}\n",
    ".gitignore": "target/\nlogs/\nproduction/\n",
    "seeds/raw.csv": "id,amount\n1,10\n2,20\n3,30\n",
    "models/staged.sql": "select id, amount from {{ ref('raw') }}",
    "models/rates.sql": "{{ config(materialized='view') }} select 2 as rate",
    "models/paid.sql": "select s.id, s.amount * r.rate as amount from {{ ref('staged') }} s, {{ ref('rates') }} r",
    "models/report.sql": "select sum(amount) as total from {{ ref('paid') }}",
    "models/elsewhere.sql": "select 1 as one",
    "models/schema.yml": "models: [{name: paid, config: {meta: {proofbot: {key: id}}}}]\n",
}
_PAID: dict[str, str | None] = {"models/paid.sql": f"{_FILES['models/paid.sql']} where s.id > 1"}
_HOOK = (
    repositories.PROJECT + 'on-run-start: ["create table if not exists {{ target.schema }}.noted as select 1 as n"]\n'
)
_EVERYTHING = """
select n.nspname, c.relname, c.relkind, c.relfilenode, c.xmin::text, s.n_tup_ins, s.n_tup_upd, s.n_tup_del
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_tables s on s.relid = c.oid
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2
"""
_SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"


def _all(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.connect() as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database of this file's own."""
    with postgres_server.fresh_database() as made:
        yield made


@pytest.fixture(scope="module")
def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose production was built by dbt, and has data that the repository has not; with two requests."""
    targets = {"dev": database.output("dev"), "prod": database.output("prod")}
    profile = yaml.safe_dump({"shop": {"target": "dev", "outputs": targets}})
    folder = repositories.start(tmp_path_factory.mktemp("production") / "shop", {**_FILES, "profiles.yml": profile})
    told = subprocess.run(
        [str(warm.dbt()), "build", "--target", "prod", "--profiles-dir", "."],
        cwd=folder,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    (folder / "production").mkdir()
    shutil.copy(folder / "target" / "manifest.json", folder / "production")
    with database.connect() as connection:
        connection.execute("update prod.staged set amount = 1000 where id = 3; drop table prod.elsewhere")
    repositories.request(folder, _PAID)
    repositories.git(folder, "switch", "-q", "-c", "hooked", "main")
    repositories.write(folder, {"dbt_project.yml": _HOOK})
    repositories.commit(folder, "A hook")
    return folder


def _prove(shop: Path, branch: str, out: Path) -> Ran:
    repositories.git(shop, "switch", "-q", branch)
    return repositories.prove(shop, "--base", "main", out=out)


@pytest.fixture(scope="module")
def before(shop: Path, database: Database) -> list[tuple[object, ...]]:
    """All that is there before the first run, with what each was written."""
    assert shop
    _all(database, "select 1 from pg_stat_force_next_flush()")
    return _all(database, _EVERYTHING)


@pytest.fixture(scope="module")
def ran(shop: Path, before: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run over the request."""
    assert before
    return _prove(shop, "request", tmp_path_factory.mktemp("out"))


def test_what_the_request_does_not_touch_is_not_built(ran: Ran) -> None:
    """A request for the last of a thousand models would build all the others in the team's warehouse."""
    assert ran.code == 1, ran.log + ran.page
    assert "building base: 2 nodes" in ran.log
    assert "building head: 2 nodes" in ran.log
    [origin] = [line for line in ran.report["notices"] if "the origin is production" in line]
    assert "2 relations are read there and not built" in origin


def test_the_numbers_are_those_of_production(ran: Ran) -> None:
    """It would prove something on data that nobody has: 1000 is in production only."""
    assert ran.model("paid")["rows"] | {"base": 3, "head": 2, "removed": 1, "unchanged": 2} == ran.model("paid")["rows"]
    totals = json.dumps(ran.model("report")).replace(",", "")
    assert "2060" in totals  # (10 + 20 + 1000) * 2
    assert "2040" in totals


def test_production_stays_as_it_is_and_nothing_is_left(
    ran: Ran, database: Database, before: list[tuple[object, ...]]
) -> None:
    """A bot would write to the data of a company, or leave views on it that keep it from being dropped."""
    assert ran.code == 1
    assert _all(database, _EVERYTHING) == before
    assert _all(database, _SCHEMAS) == [("prod",), ("public",)]


def test_where_a_hook_of_the_run_changed_all_is_built(
    shop: Path, database: Database, before: list[tuple[object, ...]], tmp_path: Path
) -> None:
    """A hook may change whatever is built after it: production's tables, made without it, would be held for head's,
    and head would look in vain for what it begins without."""
    ran = _prove(shop, "hooked", tmp_path / "out")
    assert ran.code == 0, ran.log + ran.page
    assert {model["name"] for model in ran.report["models"]} == {
        "raw",
        "staged",
        "rates",
        "paid",
        "report",
        "elsewhere",
    }
    assert {model["outcome"] for model in ran.report["models"]} == {"unchanged"}
    assert not [line for line in ran.report["notices"] if "read there and not built" in line]
    assert _all(database, _EVERYTHING) == before
