"""The contract of warehouses and their grounds, by dbt-postgres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import yaml

from bot.core.sql_plain import Plain
from bot.domain import RelationName, Side, WarehouseOptions
from bot.world.warehouses.grounds import Env, Site
from bot.world.warehouses.through_dbt import grounds as places
from bot.world.warehouses.through_dbt.grounds import Means, ThroughDbtGrounds, lay_out
from tests.postgres_server import Database, fresh_database
from tests.world.warehouses.contract_cases import NAMES, PRODUCTION, SHOP, GroundsCases, Stand, WarehouseCases, Yard

_LONG = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """With production in it."""
    with fresh_database() as made:
        with made.connect() as connection:
            for statement in ("create schema live", *PRODUCTION):
                connection.execute(statement.format(live="live").encode())
        yield made


@pytest.fixture(scope="module")
def bare(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThroughDbtGrounds]:
    """In which nothing has begun."""
    output = database.output()

    def profile_with(values: Mapping[str, object]) -> str:
        return yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": {**output, **values}}}})

    folder = tmp_path_factory.mktemp("by_dbt")
    site = Site(output, "profiles.yml", profile_with, "pr_1", WarehouseOptions(), {}, 2, folder)
    made = lay_out(site, Means(Plain("postgres").spell))
    yield made
    made.remove()


@pytest.fixture
def yard(bare: ThroughDbtGrounds, database: Database, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """Production in a schema beside ours. The views of Postgres let writes through, which is why it is not shown."""
    monkeypatch.setattr(places, "_WRITTEN_THROUGH", frozenset())

    def run(env: Env, statement: str) -> None:
        with database.connect() as connection:
            connection.execute(statement.format(ours=f'"{_schema(bare, env)}"').encode())

    def ask(query: str) -> list[tuple[object, ...]]:
        with database.connect() as connection:
            return connection.execute(query.format(live="live").encode()).fetchall()

    return Yard(
        bare,
        run,
        ask,
        lambda identifier: RelationName(database.dbname, _schema(bare), identifier),
        lambda identifier: RelationName(database.dbname, "live", identifier),
    )


class TestThroughDbtGrounds(GroundsCases):
    """All cases."""


@pytest.fixture(scope="module")
def grounds(bare: ThroughDbtGrounds, database: Database) -> ThroughDbtGrounds:
    """With both sides begun, and base built."""
    managed = [RelationName(database.dbname, _schema(bare), name) for name in NAMES]
    for side in Side:
        bare.begin(side, None, managed)
    with database.connect() as connection:
        for statement in SHOP:
            connection.execute(statement.format(**{name: f'"{_schema(bare)}"."{name}"' for name in NAMES}).encode())
    return bare


def _schema(grounds: ThroughDbtGrounds, env: Env = Side.BASE) -> str:
    return str(yaml.safe_load(grounds.profile(env))["shop"]["outputs"]["ci"]["schema"])


@pytest.fixture
def stand(grounds: ThroughDbtGrounds) -> Iterator[Stand]:
    """Opened anew; the process that asks is shared, until one is cancelled."""
    told: list[Stand] = []
    warehouse = grounds.open(lambda *_: None, lambda *all_of_it: told[0].note(*all_of_it))
    told.append(Stand(warehouse, _schema(grounds), _LONG))
    yield told[0]
    warehouse.close()


class TestThroughDbt(WarehouseCases):
    """All cases."""
