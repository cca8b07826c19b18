"""What is asked of a declared condition, with two real databases."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from bot.core.budget import Purse
from bot.core.pairing import pair
from bot.core.report import Seen
from bot.core.sql import DuckDb
from bot.core.standing import Standing
from bot.domain import (
    Budget,
    ChangeKind,
    Effect,
    Expectation,
    Finding,
    Key,
    KeySource,
    NodeChange,
    Noise,
    Outcome,
    RelationName,
    Side,
    Table,
)
from bot.run.declaring import ask_conditions
from bot.world.meter import Meter
from bot.world.warehouses.duckdb import TwinFiles, open_twins
from tests.core import manifests
from tests.core.manifests import node

_UID = "model.shop.orders"
_EXPECTED = {_UID: Expectation("orders", Effect.CHANGED, "here:1", condition="status = 'paid'")}


@pytest.mark.parametrize(
    ("noise", "outside"),
    [
        (None, 1000 + 5),
        (Noise(columns={"loaded_at": "random()"}), 1 + 5),
        (Noise(columns={"loaded_at": "random()"}, rows=True), 1),
    ],
)
def test_noise_is_no_change_outside_of_a_condition(tmp_path: Path, noise: Noise | None, outside: int) -> None:
    """A user could declare no condition of a model with a time stamp: every row of it is another one each time."""
    rows = {Side.BASE: "range(1005)", Side.HEAD: "range(1000)"}
    for side, which in rows.items():
        wrong = ", 'wrong' as note" if side is Side.HEAD else ", 'right' as note"
        with duckdb.connect(str(tmp_path / f"{side}.duckdb")) as connection:
            connection.execute(
                f"create table orders as select i as id, 'open' as status, random() as loaded_at "
                f", case when i = 7 then note else '' end as note from {which} r(i), (select 1{wrong}) n"
            )
    base, head = (TwinFiles(tmp_path / f"{side}.duckdb", tmp_path) for side in Side)
    twins = open_twins(base, head, tmp_path)
    relation = RelationName(None, "main", "orders")
    at_base, at_head = (twins.tables(side, [relation])[relation] for side in Side)
    assert isinstance(at_base, Table)
    assert isinstance(at_head, Table)
    told = manifests.read(node("orders")).nodes[_UID]
    seen = Seen(
        Standing(NodeChange(_UID, ChangeKind.MODIFIED, ()), told, relation, relation),
        (Finding("values", Outcome.CHANGED, "changed"),),
        pair(_UID, at_base, at_head, [Key(("id",), KeySource.UNIQUE)]),
        noise=noise,
    )
    matter = SimpleNamespace(
        warehouse=twins, dialect=DuckDb(), meter=Meter(Budget()), purse=Purse(Budget(), {}), threads=1
    )
    trial = cast("Any", SimpleNamespace(matter=matter, projects=(None, SimpleNamespace(adapter="duckdb"))))
    found = ask_conditions(trial, [seen], _EXPECTED)
    twins.close()
    assert [one.outside for one in found] == [outside]
