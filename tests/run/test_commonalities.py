"""Which models are asked what their rows have in common, and what is left alone: with two real databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from bot.checks import values
from bot.core.budget import Load, Purse
from bot.core.pairing import pair
from bot.core.report import Seen
from bot.core.sql import DuckDb
from bot.core.standing import Standing
from bot.domain import (
    Budget,
    ChangeKind,
    Finding,
    Key,
    KeySource,
    ModelSettings,
    NodeChange,
    Noise,
    Outcome,
    Relates,
    RelationName,
    RowKind,
    Settings,
    Showing,
    Side,
    Table,
)
from bot.run import commonalities
from bot.run.matter import Matter
from bot.world.meter import Meter
from bot.world.warehouses.duckdb import DuckDbTwins, TwinFiles, open_twins
from tests.core import manifests
from tests.core.manifests import node

_NAMES = ("orders", "items")
_ROWS = """
    select i as id, case when i % 13 = 0 then 'returned' else 'paid' end as status, hash(i) % 1000 as amount
    from range(1000) r(i)
"""
_UIDS = {name: f"model.shop.{name}" for name in _NAMES}
_RETURNED = 77


@dataclass(frozen=True)
class _Shop:
    """Two twins of two models; both have lost the orders that were returned."""

    twins: DuckDbTwins
    seen: tuple[Seen, ...]

    def matter(self, budget: Budget | None = None, options: Mapping[str, object] | None = None) -> Matter:
        checks = {"values": values.Options.model_validate(options or {})}
        models = {uid: ModelSettings(checks=checks) for uid in _UIDS.values()}
        loads = dict.fromkeys(_UIDS.values(), Load(1923))
        nothing = cast("Any", None)
        return Matter(
            warehouse=self.twins,
            dialect=DuckDb(),
            projects=nothing,
            settings=Settings(models),
            results=nothing,
            tests=(),
            relations={},
            meter=Meter(budget or Budget()),
            purse=Purse(budget or Budget(), loads),
            loads=loads,
            waiting=set(),
            salt="",
            began=datetime.now(UTC),
            threads=2,
        )

    def with_first(self, **changes: Any) -> tuple[Seen, ...]:
        """What was seen, with something else about the first model."""
        return (replace(self.seen[0], **changes), *self.seen[1:])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Shop]:
    """The two databases, opened as a run opens them."""
    folder = tmp_path_factory.mktemp("shop")
    for side in Side:
        where = " where i % 13 <> 0" if side is Side.HEAD else ""
        with duckdb.connect(str(folder / f"{side}.duckdb")) as connection:
            for name in _NAMES:
                connection.execute(f"create table {name} as {_ROWS}{where}")
    base, head = (TwinFiles(folder / f"{side}.duckdb", folder) for side in Side)
    twins = open_twins(base, head, folder)
    yield _Shop(twins, tuple(_see(twins, name) for name in _NAMES))
    twins.close()


def _see(twins: DuckDbTwins, name: str) -> Seen:
    uid, relation = _UIDS[name], RelationName(None, "main", name)
    base, head = (twins.tables(side, [relation])[relation] for side in Side)
    assert isinstance(base, Table)
    assert isinstance(head, Table)
    measures = {"base": 1000, "head": 923, "added": 0, "removed": _RETURNED, "changed": 0, "unchanged": 923}
    standing = Standing(
        NodeChange(uid, ChangeKind.MODIFIED, ()), manifests.read(node(name)).nodes[uid], relation, relation
    )
    finding = Finding("values", Outcome.CHANGED, "", measures=measures)
    return Seen(standing, (finding,), pair(uid, base, head, [Key(("id",), KeySource.META)], {}))


def _told(seen: tuple[Seen, ...]) -> list[list[tuple[RowKind, str, Relates, tuple[str, ...], int]]]:
    return [[(one.kind, one.column, one.relates, one.values, one.matching) for one in model.common] for model in seen]


_ALL_RETURNED = (RowKind.REMOVED, "status", Relates.IN, ("returned",), _RETURNED)


def test_the_models_that_are_wanted_are_described_and_no_other(shop: _Shop) -> None:
    """A run would pay for models whose change is explained by another one, or leave out those that matter."""
    seen = commonalities.describe(shop.matter(), shop.seen, [_UIDS["items"], "model.shop.unknown"])
    assert _told(seen) == [[], [_ALL_RETURNED]]
    assert [replace(one, common=()) for one in seen] == list(shop.seen)
    assert _told(commonalities.describe(shop.matter(), shop.seen, _UIDS.values())) == [[_ALL_RETURNED]] * 2


def test_only_the_gravest_models_are_described(shop: _Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that changes hundreds of models would wait for all of them to be looked at once more."""
    monkeypatch.setattr(commonalities, "_MOST_MODELS", 1)
    wanted = [_UIDS["items"], _UIDS["orders"]]
    assert _told(commonalities.describe(shop.matter(), shop.seen, wanted)) == [[], [_ALL_RETURNED]]


@pytest.mark.parametrize(
    "budget", [Budget(statements=0), Budget(rows=100), Budget(statements=5)], ids=["nothing left", "a sample", "short"]
)
def test_what_the_budget_does_not_allow_is_not_described(shop: _Shop, budget: Budget) -> None:
    """A run would spend what it was not allowed to, or fail because of it."""
    seen = commonalities.describe(shop.matter(budget), shop.seen, [_UIDS["orders"]])
    assert _told(seen) == [[], []]


def test_rows_that_values_does_not_look_at_are_left_out(shop: _Shop) -> None:
    """The comment would describe rows that it does not count."""
    matter = shop.matter(options={"where": "id < 500"})
    scoped = {"base": 500, "head": 461, "added": 0, "removed": 39, "changed": 0, "unchanged": 461, "scope": "id < 500"}
    finding = Finding("values", Outcome.CHANGED, "", measures=scoped)
    seen = commonalities.describe(matter, shop.with_first(findings=(finding,)), [_UIDS["orders"]])
    assert _told(seen)[0] == [(*_ALL_RETURNED[:4], 39)]


@pytest.mark.parametrize(
    "measures",
    [
        {"sampled": 0.1},
        {"removed": 1, "unchanged": 999},
        {"removed": 900},
        {"base": 60_000_000},
        {"removed": 78},
    ],
    ids=["a sample", "one row", "nearly all", "very many rows", "other figures"],
)
def test_what_nothing_can_be_said_of_is_left_alone(shop: _Shop, measures: Mapping[str, object]) -> None:
    """A huge table would be read again, or a sentence about a sample be taken for one about all rows."""
    finding = shop.seen[0].findings[0]
    changed = replace(finding, measures={**finding.measures, **measures})
    asked = shop.twins.statements
    seen = commonalities.describe(shop.matter(), shop.with_first(findings=(changed,)), [_UIDS["orders"]])
    assert _told(seen) == [[], []]
    assert (shop.twins.statements > asked) is (measures == {"removed": 78})


def test_a_model_that_did_not_change_or_was_not_compared_is_left_alone(shop: _Shop) -> None:
    """A broken finding would end the run, or noise be explained."""
    finding = shop.seen[0].findings[0]
    for changes in (
        {"findings": ()},
        {"findings": (replace(finding, outcome=Outcome.NOISE),)},
        {"pair": None},
        {"noise": Noise(rows=True)},
    ):
        seen = commonalities.describe(shop.matter(), shop.with_first(**changes), [_UIDS["orders"]])
        assert _told(seen) == [[], []]


def test_a_statement_that_fails_ends_nothing(shop: _Shop) -> None:
    """An explanation that cannot be had would take the whole report with it."""
    of = shop.seen[0].pair
    assert of is not None
    gone = replace(of, base=replace(of.base, expression="no_such_table"))
    assert _told(commonalities.describe(shop.matter(), shop.with_first(pair=gone), _UIDS.values())) == [
        [],
        [_ALL_RETURNED],
    ]


def test_hidden_columns_stay_hidden(shop: _Shop) -> None:
    """Personal data would stand in the comment as the reason of a change."""
    of = shop.seen[0].pair
    assert of is not None
    hidden = shop.with_first(pair=replace(of, showing={"status": Showing.HIDE}))
    assert _told(commonalities.describe(shop.matter(), hidden, [_UIDS["orders"]])) == [[], []]


def test_a_column_that_varies_does_not_hide_which_rows_changed(shop: _Shop, tmp_path: Path) -> None:
    """A user would not be told which rows changed in any model that has a time stamp."""
    for side in Side:
        amount = "case when status = 'returned' then amount + 1 else amount end" if side is Side.HEAD else "amount"
        with duckdb.connect(str(tmp_path / f"{side}.duckdb")) as connection:
            connection.execute(
                f"create table orders as select * replace ({amount} as amount), random() as t from ({_ROWS})"
            )
    base, head = (TwinFiles(tmp_path / f"{side}.duckdb", tmp_path) for side in Side)
    twins = open_twins(base, head, tmp_path)
    measures = {"base": 1000, "head": 1000, "added": 0, "removed": 0, "changed": _RETURNED, "unchanged": 923}
    told = replace(
        _see(twins, "orders"),
        findings=(Finding("values", Outcome.CHANGED, "", measures=measures),),
        noise=Noise(columns={"t": "random()"}),
    )
    matter = replace(shop.matter(), warehouse=twins)
    found = _told(commonalities.describe(matter, [told], [_UIDS["orders"]]))
    twins.close()
    assert found == [[(RowKind.CHANGED, "status", Relates.IN, ("returned",), _RETURNED)]]
