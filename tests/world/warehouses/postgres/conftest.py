"""A database of a real Postgres, and grounds in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import WarehouseOptions
from bot.world.warehouses.grounds import Site
from tests import postgres_server
from tests.postgres_server import Database

Lay = Callable[..., Site]
_KEY = 7_062_026  # of a lock of the tests'


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """An empty database."""
    with postgres_server.fresh_database() as made:
        yield made


@pytest.fixture
def site_of(tmp_path: Path) -> Lay:
    """Makes sites of a database."""

    def make(database: Database, **changed: object) -> Site:
        options = WarehouseOptions(
            isolation=str(changed["isolation"]) if "isolation" in changed else None,
            statement_seconds=int(str(changed.get("seconds", 60))),
        )
        output = database.output() | dict(changed.get("output", {}))  # type: ignore[call-overload]
        return Site(
            output, "profiles.yml", str, "pr_7", options, {"run": "0123456789ab", "request": "pr_7"}, 2, tmp_path
        )

    return make


@pytest.fixture
def alone(database: Database) -> Iterator[None]:
    """No other worker makes databases of proofbot's on the server, or sweeps them."""
    with replace(database, dbname="postgres").connect() as connection:
        connection.execute("select pg_advisory_lock(%s)", [_KEY])
        yield
