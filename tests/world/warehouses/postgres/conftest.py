"""A database of a real Postgres, and grounds in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.domain import WarehouseOptions
from bot.world.warehouses.grounds import Site
from tests import postgres_server
from tests.postgres_server import Database

Lay = Callable[..., Site]


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
