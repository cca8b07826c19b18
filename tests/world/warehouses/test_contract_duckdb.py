"""The contract of warehouses, on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import duckdb
import pytest

from bot.domain import RelationName
from bot.world.warehouses.duckdb import TwinFiles, open_twins
from bot.world.warehouses.duckdb_grounds import DuckDbGrounds, DuckDbSite
from bot.world.warehouses.grounds import Env
from bot.world.workspace import Workspace
from tests.world.warehouses.contract_cases import NAMES, PRODUCTION, SHOP, GroundsCases, Stand, WarehouseCases, Yard

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


@pytest.fixture(params=["the same", "another file"])
def yard(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Yard]:
    """Production lies in the user's own file, in the target's schema, or in another one of a file beside it."""
    own, other = tmp_path / "shop.duckdb", tmp_path / "warehouse.duckdb"
    there, live = (own, ("shop", "main")) if request.param == "the same" else (other, ("warehouse", "live"))
    places = {"ours": "main", "live": live[1]}

    def execute(file: Path, *statements: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                found = connection.execute(statement.format(**places)).fetchall()
            return found

    execute(own, "create table raw as select 1 as id")
    execute(there, "create schema if not exists {live}", *PRODUCTION)
    with Workspace(tmp_path / "cache") as workspace:
        catalogs = frozenset({"shop"})
        site = DuckDbSite(workspace, PurePosixPath("dbt"), "shop.duckdb", own, catalogs, print, {"warehouse": other})
        grounds = DuckDbGrounds(site, str)

        def run(env: Env, statement: str) -> None:
            project = workspace.tree_of(env) / "dbt"
            project.mkdir(parents=True, exist_ok=True)
            execute(project / grounds.profile(env), statement)

        yield Yard(
            grounds,
            run,
            lambda query: execute(there, query),
            lambda identifier: RelationName("shop", "main", identifier),
            lambda identifier: RelationName(*live, identifier),
        )


class TestDuckDbGrounds(GroundsCases):
    """All cases."""
