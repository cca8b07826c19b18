"""A server for each module of tests, and what is laid out on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import snowflake.connector

from bot.domain import WarehouseOptions
from bot.world.warehouses.grounds import Site
from tests.fakesnow_server import Served, serve

MakeSite = Callable[[str | None], Site]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A fakesnow with the user's database and its target schema."""
    with serve() as server:
        with snowflake.connector.connect(**server.parameters()) as connection:
            for sql in ("create database analytics", "create schema analytics.ci"):
                connection.cursor().execute(sql)
        yield server


@pytest.fixture
def make_site(served: Served, tmp_path: Path) -> MakeSite:
    """Makes a site with an isolation of its own."""

    def make(isolation: str | None) -> Site:
        output = served.output()
        return Site(
            output=output,
            where="profiles.yml, shop.outputs.ci",
            profile_with=lambda changed: _profile({**output, **changed}),
            label="pr_12",
            options=WarehouseOptions(isolation=isolation, statement_seconds=30),
            tag={"run": "r1", "request": "12"},
            threads=2,
            scratch=tmp_path,
        )

    return make


def _profile(output: Mapping[str, object]) -> str:
    lines = "".join(f"      {name}: {value!r}\n" for name, value in output.items())
    return f"shop:\n  target: ci\n  outputs:\n    ci:\n{lines}"
