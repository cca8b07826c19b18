"""Counts and samples only: what proofbot holds of tables does not grow with them, wherever they are.

Of Postgres it is counted what comes over the wire; DuckDB computes in proofbot's own process, so what counts there is
what its Python holds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest
import yaml

from tests import postgres_server
from tests.postgres_server import Database
from tests.servers import wire
from tests.servers.wire import Counted
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_FEW, _MANY = 600, 30_000
_LONG = 200  # letters of a text
# Each size has the same numbers of values that are few; all else grows with the rows.
_RAW = f"""
select n as id, n * 10 as amount, n % 40 as kind, repeat(chr((97 + n % 26)::int), {_LONG}) || n as words,
    date '2026-01-01' + (n % 50)::int as day
"""
_CHECKS = ("profile", "top_k", "histogram")
_CONFIG = yaml.safe_dump({"policy": "standard", "checks": {name: {"columns": "*"} for name in _CHECKS}})
_FILES: dict[str, str | None] = {
    ".proofbot.yml": _CONFIG,
    # Every row differs.
    "models/altered.sql": "select id, amount, kind, words, day from raw.wide",
    # Without a key, most rows many times.
    "models/keyless.sql": "select kind, day, amount % 7 as rest, 'x' || words as words from raw.wide",
    # The key is not unique: in pairs.
    "models/repeated.sql": "select id - id % 2 as id, words, amount from raw.wide",
    # Half of the rows go, and as many come.
    "models/replaced.sql": "select id, words from raw.wide where id % 2 = 0",
    "models/schema.yml": yaml.safe_dump(
        {
            "models": [
                {"name": name, "config": {"meta": {"proofbot": {"key": "id"}}}}
                for name in ("altered", "repeated", "replaced")
            ]
        }
    ),
}
_REQUEST: dict[str, str | None] = {
    "models/altered.sql": "select id, amount + 1 as amount, kind + 1 as kind, upper(words) as words, "
    "day + 1 as day from raw.wide",
    "models/keyless.sql": "select kind, day, amount % 7 as rest, 'y' || words as words from raw.wide",
    "models/repeated.sql": "select id - id % 2 as id, words || '!' as words, amount from raw.wide",
    "models/replaced.sql": "select id, words from raw.wide where id % 2 = 1",
}


def _shop(folder: Path, output: dict[str, object]) -> Path:
    profile = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": output}}})
    made = repositories.start(folder, {**_FILES, "profiles.yml": profile})
    repositories.request(made, _REQUEST)
    return made


def _assert_all_was_seen(ran: Ran, rows: int) -> None:
    assert ran.code == 1, ran.log
    assert "Traceback" not in ran.log
    findings = [finding for model in ran.report["models"] for finding in model["findings"].values()]
    assert [one for one in findings if one["outcome"] == "errored"] == []
    for model in ran.report["models"]:
        assert "skipped" not in {model["findings"][check]["outcome"] for check in ("values", *_CHECKS)}, model
    assert ran.model("altered")["rows"]["changed"] == rows
    assert ran.model("repeated")["rows"]["base"] == rows
    assert (ran.model("replaced")["rows"]["added"], ran.model("replaced")["rows"]["removed"]) == (rows // 2, rows // 2)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database of this file's own."""
    with postgres_server.fresh_database() as made:
        yield made


def _over_the_wire(database: Database, rows: int, folder: Path) -> Counted:
    with database.connect() as connection:
        connection.execute("drop schema if exists raw cascade; create schema raw")
        connection.execute(f"create table raw.wide as {_RAW} from generate_series(1, {rows}) as n".encode())
    with wire.counting(database) as (door, counted):
        shop = _shop(folder / "shop", door.output())
        _assert_all_was_seen(repositories.prove(shop, out=folder / "out"), rows)
    return counted


def test_what_postgres_sends_does_not_grow_with_the_tables(database: Database, tmp_path: Path) -> None:
    """A table of a billion rows would be pulled into the job, which ends for want of memory, and the bill comes."""
    few = _over_the_wire(database, _FEW, tmp_path / "few")
    many = _over_the_wire(database, _MANY, tmp_path / "many")
    assert few.connections >= 2
    assert many.rows < _FEW
    assert many.bytes < 1.25 * few.bytes


def test_what_is_fetched_is_counted(database: Database) -> None:
    """The test above would hold whatever is fetched."""
    with wire.counting(database) as (door, counted):
        with psycopg.connect(door.dsn, application_name="proofbot test") as connection:
            connection.execute(f"select n from generate_series(1, {_MANY}) as n".encode()).fetchall()
        assert counted.rows == _MANY
        with psycopg.connect(door.dsn, application_name="dbt") as connection:
            connection.execute(f"select n from generate_series(1, {2 * _MANY}) as n".encode()).fetchall()
        assert counted.rows == _MANY


def _held(rows: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    output: dict[str, object] = {"type": "duckdb", "path": "shop.duckdb", "threads": 2}
    shop = _shop(folder / "shop", output)
    with duckdb.connect(str(shop / "shop.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute(f"create table raw.wide as {_RAW} from range(1, {rows + 1}) as t(n)")
    monkeypatch.setenv("HELD", str(folder / "held"))
    ran = repositories.prove(
        shop, out=folder / "out", start=lambda *words: [sys.executable, "-m", "tests.servers.held", *words]
    )
    _assert_all_was_seen(ran, rows)
    told: dict[str, int] = json.loads((folder / "held").read_text(encoding="utf-8"))
    return told


def test_what_is_held_of_duckdb_does_not_grow_with_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop would run out of memory where DuckDB itself goes to the disk."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    few = _held(_FEW, tmp_path / "few", monkeypatch)
    many = _held(_MANY, tmp_path / "many", monkeypatch)
    a_column_of_numbers = 32 * _MANY
    assert few["statement"] > 0
    assert many["statement"] - few["statement"] < a_column_of_numbers // 4
    assert many["all"] - few["all"] < a_column_of_numbers
