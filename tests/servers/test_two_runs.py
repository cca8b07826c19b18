"""Runs that meet on one Postgres: two of one request at once, and one that follows one that was killed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import postgres_server
from tests.postgres_server import Database
from tests.stories import repositories

pytestmark = [pytest.mark.story, pytest.mark.once]

_SECONDS = 120
_GATE = 4242  # an advisory lock: who holds it lets no build go on
_ORDERS = f"select o.id, o.amount from raw.orders o cross join (select pg_advisory_xact_lock_shared({_GATE})) as passed"
_RAW = """
create schema raw;
create table raw.orders as select n as id, n * 10 as amount from generate_series(1, 20) as n
"""
_WAITING = f"""
select count(*) from pg_locks where locktype = 'advisory' and objid = {_GATE} and not granted
and database = (select oid from pg_database where datname = current_database())
"""
_SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database of this file's own, with a few orders."""
    with postgres_server.fresh_database() as made:
        with made.connect() as connection:
            connection.execute(_RAW)
        yield made


@pytest.fixture(scope="module")
def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one model, which a request changes."""
    profile = yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": database.output()}}})
    folder = repositories.start(
        tmp_path_factory.mktemp("shop") / "shop", {"profiles.yml": profile, "models/orders.sql": _ORDERS}
    )
    repositories.request(folder, {"models/orders.sql": f"{_ORDERS} where o.id > 2"})
    return folder


@contextlib.contextmanager
def gate(database: Database) -> Iterator[None]:
    """Holds all builds."""
    with database.connect() as connection:
        connection.execute(f"select pg_advisory_lock({_GATE})".encode())
        yield


def begin(shop: Path, out: Path, *command: str) -> subprocess.Popen[str]:
    """A run that has begun."""
    start = command or repositories.command()
    return subprocess.Popen(
        [*start, "run", "--out", str(out)], cwd=shop, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def wait_for_builds(database: Database, number: int, runs: list[subprocess.Popen[str]]) -> None:
    """Until so many builds are in the middle of a statement."""
    until = time.monotonic() + _SECONDS
    with database.connect() as connection:
        while connection.execute(_WAITING.encode()).fetchone() != (number,):
            assert all(run.poll() is None for run in runs)
            assert time.monotonic() < until
            time.sleep(0.05)


def schemas(database: Database) -> list[str]:
    """All schemas that are not the server's."""
    with database.connect() as connection:
        return [str(name) for (name,) in connection.execute(_SCHEMAS.encode()).fetchall()]


def test_two_runs_of_one_request_at_once_both_end_well(shop: Path, database: Database, tmp_path: Path) -> None:
    """Two pushes within a minute: each run would drop what the other one compares, or read the other's rows."""
    with gate(database):
        runs = [begin(shop, tmp_path / "first")]
        wait_for_builds(database, 1, runs)
        runs.append(begin(shop, tmp_path / "second"))
        wait_for_builds(database, 2, runs)
        assert len([name for name in schemas(database) if name.startswith("proofbot_")]) >= 2
    logs = [run.communicate(timeout=_SECONDS)[1] for run in runs]
    assert [run.returncode for run in runs] == [1, 1], logs
    for name in ("first", "second"):
        [model] = json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8"))["models"]
        assert (model["rows"]["base"], model["rows"]["head"], model["rows"]["removed"]) == (20, 18, 2)
    assert schemas(database) == ["public", "raw"]


def test_what_a_killed_run_left_goes_when_the_next_one_begins(shop: Path, database: Database, tmp_path: Path) -> None:
    """A runner that ran out of memory would leave schemas for ever where nobody calls `proofbot cleanup`."""
    with gate(database):
        killed = begin(shop, tmp_path / "killed", sys.executable, "-m", "bot")
        wait_for_builds(database, 1, [killed])
        killed.kill()
        killed.communicate(timeout=_SECONDS)
        assert any(name.startswith("proofbot_") for name in schemas(database))
    ran = repositories.prove(shop, out=tmp_path / "next")
    assert ran.code == 1, ran.log
    assert ran.model("orders")["rows"]["removed"] == 2
    assert schemas(database) == ["public", "raw"]
