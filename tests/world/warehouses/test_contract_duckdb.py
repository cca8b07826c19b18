"""The contract of warehouses, on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bot.world.warehouses.duckdb import TwinFiles, open_twins
from tests.world.warehouses.contract_cases import NAMES, SHOP, Stand, WarehouseCases

_LONG = "select count(*) from range(1000000000000) a, range(1000) b where a.range + b.range < 0"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """Two files."""
    with duckdb.connect(str(tmp_path / "base.duckdb")) as connection:
        for statement in SHOP:
            connection.execute(statement.format(**{name: f'"{name}"' for name in NAMES}))
    told: list[Stand] = []
    warehouse = open_twins(
        TwinFiles(tmp_path / "base.duckdb", tmp_path),
        TwinFiles(tmp_path / "head.duckdb", tmp_path),
        tmp_path,
        on_answer=lambda *all_of_it: told[0].note(*all_of_it),
    )
    made = Stand(warehouse, "main", _LONG, types={"[1, 2]": [1, 2]})
    told.append(made)
    yield made
    warehouse.close()


class TestDuckDb(WarehouseCases):
    """All cases."""
