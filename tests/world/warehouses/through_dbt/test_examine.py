"""What doctor says of a warehouse that only dbt's adapter knows, with a real one: dbt-postgres."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.domain import Diagnosis, Health, WarehouseOptions
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.through_dbt.examine import examine
from bot.world.warehouses.through_dbt.grounds import Means
from tests.postgres_server import Database, fresh_database

_OURS = b"select nspname from pg_namespace where nspname ~ '^proofbot'"


def _told(database: Database, folder: Path) -> dict[str, Diagnosis]:
    output = database.output()

    def profile_with(values: object) -> str:
        return yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": {**output, **dict(values)}}}})  # type: ignore[call-overload]

    tag = {"run": "doctor", "request": "doctor"}
    site = Site(output, "profiles.yml", profile_with, "doctor", WarehouseOptions(), tag, 1, folder)
    return {one.what: one for one in examine(site, Means(str))}


def test_connecting_and_making_a_schema(tmp_path: Path) -> None:
    """A team on such a warehouse would not know whether dbt reaches it, or find the schema that was tried; and where it
    may make none, that ends the first run."""
    with fresh_database() as database:
        told = _told(database, tmp_path)
        assert {what: one.health for what, one in told.items()} == dict.fromkeys(
            ("connection", "schemas of ours"), Health.WELL
        )
        with database.connect() as connection:
            assert connection.execute(_OURS).fetchall() == []
