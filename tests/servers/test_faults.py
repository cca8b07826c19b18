"""What goes wrong on a server, in the middle of a run: it is told, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import postgres_server
from tests.postgres_server import Database
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_SECONDS = 120
_ROLE = "reads_only"
_RAW = """
create schema raw;
create table raw.orders as select n as id, n * 10 as amount from generate_series(1, 20) as n;
create table raw.nap (building float, reading float, spilling float);
insert into raw.nap values (0, 0, 0);
create function raw.spill(float) returns float language plpgsql as $$ begin
    if $1 > 0 then
        raise exception 'could not write to file "base/pgsql_tmp/pgsql_tmp1.0": No space left on device'
            using errcode = 'disk_full';
    end if;
    return 0;
end $$
"""
_ORDERS = "select o.id, o.amount from raw.orders o cross join (select pg_sleep(building) from raw.nap) as slept"
_LATE = "select o.id, o.amount from {{ ref('orders') }} o "
_LATE += "cross join (select pg_sleep(reading), raw.spill(spilling) from raw.nap) as slept"
_FILES = {"models/orders.sql": _ORDERS, "models/late.sql": "{{ config(materialized='view') }} " + _LATE}
_SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"
_ASLEEP = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
_CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' "
    "and datname = current_database() and application_name like 'proofbot%'"
)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database of Postgres with a few orders, and a table that says how long its readers sleep."""
    with postgres_server.fresh_database() as made:
        with made.connect() as connection:
            connection.execute(_RAW)
        yield made


@pytest.fixture(scope="module")
def folder(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two models, of which a request changes one."""
    output = database.output() | {"user": "{{ env_var('SHOP_USER') }}"}
    profile = yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": output}}})
    made = repositories.start(tmp_path_factory.mktemp("faults") / "shop", _FILES | {"profiles.yml": profile})
    repositories.request(made, {"models/late.sql": _FILES["models/late.sql"] + " where o.id > 2"})
    return made


@pytest.fixture(autouse=True)
def _awake(database: Database) -> None:
    nap(database)


def nap(database: Database, building: float = 0, reading: float = 0, spilling: float = 0) -> None:
    """How long `orders` is built, and `late` is read; and whether the disk is too small for that."""
    told = (building, reading, spilling)
    with database.connect() as connection:
        connection.execute("update raw.nap set building = %s, reading = %s, spilling = %s", told)


def schemas(database: Database) -> list[Any]:
    """All schemas that are not the server's."""
    with database.connect() as connection:
        return [name for (name,) in connection.execute(_SCHEMAS.encode()).fetchall()]


def builds(database: Database) -> bool:
    """Whether dbt builds `orders` now, which is waited for."""
    patience = time.monotonic() + _SECONDS
    with database.connect() as connection:
        while not connection.execute(_ASLEEP).fetchall() and time.monotonic() < patience:
            time.sleep(0.02)
        return bool(connection.execute(_ASLEEP).fetchall())


def prove(folder: Path, database: Database, out: Path, *arguments: str, user: str = "") -> Ran:
    """Proves the request, as this user."""
    return repositories.prove(folder, *arguments, out=out, environment={"SHOP_USER": user or database.user})


def config(folder: Path, seconds: int) -> tuple[str, str]:
    """The option that allows a statement so many seconds."""
    file = folder / "tried.yml"
    file.write_text(f"policy: standard\nwarehouse: {{statement_seconds: {seconds}}}\n", encoding="utf-8")
    return "--config", str(file)


def errored(ran: Ran) -> list[str]:
    """The models of which something could not be asked."""
    return [model["name"] for model in ran.report["models"] if model["outcome"] == "errored"]


def test_a_connection_that_is_cut_ends_a_check_not_the_run(folder: Path, database: Database, tmp_path: Path) -> None:
    """A failover of the server would leave a run that hangs, or one that calls unseen rows equal."""
    nap(database, reading=30)
    over = threading.Event()

    def cut() -> None:
        with database.connect() as connection:
            while not over.wait(0.05):
                connection.execute(_CUT)

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        ran = prove(folder, database, tmp_path / "out")
    finally:
        over.set()
        cutting.join()
    assert ran.code == 1, ran.log
    assert errored(ran) == ["late"]
    assert "the connection to Postgres was lost" in ran.comment
    assert "then start the run again" in ran.comment
    assert schemas(database) == ["public", "raw"]


def test_a_role_that_may_not_create_learns_the_grant(folder: Path, database: Database, tmp_path: Path) -> None:
    """Whoever sets proofbot up would guess what its role lacks."""
    with database.connect() as connection:
        connection.execute(f"create role {_ROLE} login".encode())
        connection.execute(f"grant usage on schema raw to {_ROLE}".encode())
    try:
        ran = prove(folder, database, tmp_path / "out", user=_ROLE)
    finally:
        with database.connect() as connection:
            connection.execute(f"drop owned by {_ROLE}".encode())
            connection.execute(f"drop role {_ROLE}".encode())
    assert ran.code == 3, ran.log
    assert f'GRANT CREATE ON DATABASE "{database.dbname}" TO "{_ROLE}"' in ran.log
    assert schemas(database) == ["public", "raw"]


def test_a_statement_that_takes_too_long_is_a_finding(folder: Path, database: Database, tmp_path: Path) -> None:
    """A view that never answers would hold a job until the runner ends it, without a word."""
    nap(database, reading=30)
    ran = prove(folder, database, tmp_path / "out", *config(tmp_path, 1))
    assert ran.code == 1, ran.log
    assert errored(ran) == ["late"]
    assert "statement timeout" in ran.comment
    assert "warehouse: {statement_seconds: ...}" in ran.comment
    assert schemas(database) == ["public", "raw"]


def test_a_disk_that_is_full_is_a_finding(folder: Path, database: Database, tmp_path: Path) -> None:
    """A join that spills to a full disk would end the run, or be read as a fault of the request."""
    nap(database, spilling=1)
    ran = prove(folder, database, tmp_path / "out")
    assert ran.code == 1, ran.log
    assert errored(ran) == ["late"]
    assert "No space left on device" in ran.comment
    assert "The disk of the server is full: make room on it." in ran.comment
    assert schemas(database) == ["public", "raw"]


def test_a_run_that_is_stopped_while_dbt_builds_leaves_nothing(
    folder: Path, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled job would leave its schemas in the team's database, and a statement that goes on."""
    nap(database, building=30)
    monkeypatch.setenv("SHOP_USER", database.user)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--out", str(tmp_path / "out")],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert builds(database)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=_SECONDS)
    assert process.returncode == 3, log
    assert "stopped by SIGTERM" in log
    assert schemas(database) == ["public", "raw"]
    with database.connect() as connection:
        assert not connection.execute(_ASLEEP).fetchall()
