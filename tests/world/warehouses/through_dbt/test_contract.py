"""The contract of warehouses, by dbt-postgres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import yaml

from bot.core.sql_plain import Plain
from bot.domain import Side, WarehouseOptions
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.through_dbt.grounds import Means, ThroughDbtGrounds, lay_out
from tests.postgres_server import fresh_database
from tests.world.warehouses.contract_cases import NAMES, SHOP, Stand, WarehouseCases

_LONG = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThroughDbtGrounds]:
    """With both sides begun, and base built."""
    folder = tmp_path_factory.mktemp("by_dbt")
    with fresh_database() as database:
        output = database.output()

        def profile_with(values: Mapping[str, object]) -> str:
            return yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": {**output, **values}}}})

        site = Site(output, "profiles.yml", profile_with, "pr_1", WarehouseOptions(), {}, 2, folder)
        made = lay_out(site, Means(Plain("postgres").spell))
        for side in Side:
            made.begin(side, None, [])
        with database.connect() as connection:
            for statement in SHOP:
                schema = _schema(made)
                connection.execute(statement.format(**{name: f'"{schema}"."{name}"' for name in NAMES}).encode())
        yield made
        made.remove()


def _schema(grounds: ThroughDbtGrounds) -> str:
    return str(yaml.safe_load(grounds.profile(Side.BASE))["shop"]["outputs"]["ci"]["schema"])


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
