"""Tests of bot/core/lineage/reach.py and of who is reached in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core import project
from bot.core.lineage.reach import Columns, Evidence, find
from bot.domain import (
    ChangeKind,
    Column,
    ColumnReport,
    Finding,
    ModelReport,
    NodeChange,
    Noise,
    Outcome,
    Project,
    Reach,
    RowReport,
    Side,
    Through,
)
from tests.core import manifests
from tests.render.reports import model

_ORDERS = (Column("id", "INTEGER"), Column("Amount", "INTEGER"), Column("status", "VARCHAR"))
_MART = (Column("total", "HUGEINT"), Column("status", "VARCHAR"), Column("id", "INTEGER"))
_SQL = {"mart": 'select sum(amount) over () as total, status, id from "db"."main"."orders"'}
_EXPOSURES = {
    "exposure.shop.weekly": {
        "name": "weekly",
        "label": "Weekly revenue",
        "type": "dashboard",
        "owner": {"email": "ann@shop.example"},
        "depends_on": {"nodes": ["model.shop.orders"]},
    },
    "exposure.shop.board": {"name": "board", "type": "analysis", "depends_on": {"nodes": ["metric.shop.sold"]}},
}
_SEMANTIC = {
    "semantic_model.shop.orders": {
        "name": "orders",
        "resource_type": "semantic_model",
        "depends_on": {"nodes": ["model.shop.orders"]},
        "entities": [{"name": "order", "expr": "id"}],
        "dimensions": [],
        "measures": [{"name": "sold", "expr": "case when amount > 0 then 1 end"}, {"name": "states", "expr": "status"}],
    }
}
_METRICS = {
    f"metric.shop.{name}": {
        "name": name,
        "resource_type": "metric",
        "depends_on": {"nodes": ["semantic_model.shop.orders"]},
        "type_params": {"input_measures": [{"name": name}]},
    }
    for name in ("sold", "states")
}


def _project(**more: object) -> Project:
    nodes = (
        manifests.node("orders"),
        {**manifests.node("mart", "select", reads=["model.shop.orders"]), **more},
        manifests.node("last", "select", reads=["model.shop.mart"]),
    )
    manifest = manifests.manifest(*nodes, exposures=_EXPOSURES, semantic_models=_SEMANTIC, metrics=_METRICS)
    return project.read(manifest, {})


def _values(**measures: object) -> Finding:
    return Finding("values", Outcome.CHANGED, "", measures=measures)


def _orders(columns: ColumnReport | None = None, rows: RowReport | None = None) -> ModelReport:
    """A model that was changed, with other amounts, unless told otherwise."""
    found = model("orders", Outcome.CHANGED, kind=ChangeKind.MODIFIED, rows=rows or RowReport(9, 9, 0, 0, 4, 5))
    told = columns or ColumnReport(changed={"Amount": 4}, compared=("id", "Amount", "status"))
    return replace(found, columns=told, findings=(_values(),))


def _unmeasured(name: str) -> ModelReport:
    return replace(model(name, Outcome.SKIPPED), columns=None, rows=None)


def _find(
    *models: ModelReport, sql: Mapping[str, str] = _SQL, of: Project | None = None, as_increments: tuple[str, ...] = ()
) -> Reach:
    texts = {f"model.shop.{name}": text for name, text in sql.items()}
    columns = {"model.shop.orders": _ORDERS, "model.shop.mart": _MART}
    both = of or _project()
    return find(
        models,
        Evidence((both, both), {Side.BASE: {}, Side.HEAD: texts}, dict.fromkeys(Side, columns), as_increments),
    )


def _columns(found: Reach, name: str) -> list[str]:
    return [column.name for one in found.models for column in one.columns if one.name == name]


def test_a_column_reaches_what_is_made_of_it() -> None:
    """Nobody would know which columns below another one has to be looked at."""
    found = _find(_orders(), _unmeasured("mart"))
    assert _columns(found, "orders") == ["Amount"]
    assert _columns(found, "mart") == ["total"]
    [orders, mart] = found.models
    assert (orders.is_changed, orders.is_measured, mart.is_changed, mart.is_measured) == (True, True, False, False)
    assert mart.columns[0].through == (Through("model.shop.orders", "Amount"),)
    assert (mart.reads, mart.is_whole, mart.doubt) == (("model.shop.orders",), False, "")


def test_what_was_measured_to_be_equal_is_not_reached() -> None:
    """Models would be called reached that were seen to be the same."""
    told = ColumnReport(compared=("total", "status", "id"))
    mart = replace(model("mart", rows=RowReport(9, 9, 0, 0, 0, 9)), columns=told, findings=(_values(),))
    assert [one.name for one in _find(_orders(), mart).models] == ["orders"]
    for doubtful in (
        replace(mart, findings=(_values(sampled=0.1),)),
        replace(mart, findings=(_values(tolerated=3),)),
        replace(mart, noise=Noise(columns={"total": ""})),
        replace(mart, columns=ColumnReport(compared=("status", "id"))),
    ):
        assert _columns(_find(_orders(), doubtful), "mart") == ["total"]


def test_rows_reach_everything() -> None:
    """A count below a model that lost rows would be thought to be safe."""
    found = _find(_orders(ColumnReport(compared=("id",)), RowReport(9, 8, 0, 1, 0, 8)), _unmeasured("mart"))
    assert [(one.name, one.is_whole, one.is_measured) for one in found.models] == [
        ("orders", True, True),
        ("mart", True, False),
    ]
    assert found.models[1].through == (Through("model.shop.orders"),)


@pytest.mark.parametrize(
    ("sql", "more", "increments"),
    [
        ({}, {}, ()),
        ({"mart": "not a query"}, {}, ()),
        ({"mart": "select 1 as total"}, {}, ()),  # dbt says that it reads orders
        (_SQL, {"language": "python"}, ()),
        (_SQL, {"config": {"materialized": "my_own"}}, ()),
        (_SQL, {"config": {"materialized": "table", "post-hook": [{"sql": "update x set id = 1"}]}}, ()),
        (_SQL, {"raw_code": "{% if execute %} select {% endif %}"}, ()),  # base's SQL may be another
        (_SQL, {"config": {"materialized": "incremental"}}, ("model.shop.mart",)),
    ],
)
def test_what_the_sql_does_not_tell_is_reached_wholly(
    sql: Mapping[str, str], more: Mapping[str, object], increments: tuple[str, ...]
) -> None:
    """A model that nobody can look into would be said to be safe."""
    found = _find(_orders(), _unmeasured("mart"), sql=sql, of=_project(**more), as_increments=increments)
    assert found.models[1].is_whole


def test_harmless_hooks_leave_the_lineage_as_it_is() -> None:
    """Every model of a project with grants would be reached wholly."""
    config = {"materialized": "table", "post-hook": [{"sql": "grant select on x to y"}]}
    assert _columns(_find(_orders(), _unmeasured("mart"), of=_project(config=config)), "mart") == ["total"]


def test_a_changed_ephemeral_model_reaches_what_holds_its_sql() -> None:
    """Its change is in the text of another model, and shows in no table."""
    nodes = (
        manifests.node("orders", config={"materialized": "ephemeral"}),
        manifests.node("mart", "select", reads=["model.shop.orders"]),
    )
    changed = replace(_unmeasured("orders"), change=NodeChange("model.shop.orders", ChangeKind.MODIFIED))
    both = manifests.read(*nodes)
    evidence = Evidence(
        (both, both), {side: {"model.shop.mart": "select 1 as x"} for side in Side}, {side: {} for side in Side}
    )
    assert [(one.name, one.is_whole) for one in find((changed, _unmeasured("mart")), evidence).models] == [
        ("orders", True),
        ("mart", True),
    ]


def test_reach_goes_on_from_model_to_model() -> None:
    """Reach would end at the first model."""
    sql = {**_SQL, "last": 'select total + 1 as more, status from "db"."main"."mart"'}
    found = _find(_orders(), _unmeasured("mart"), _unmeasured("last"), sql=sql)
    assert _columns(found, "last") == ["more"]


def test_readers_are_told_with_their_owners_and_columns() -> None:
    """Whoever owns a dashboard would hear of a change from its readers."""
    found = {one.unique_id: one for one in _find(_orders()).readers}
    weekly = found["exposure.shop.weekly"]
    assert (weekly.name, weekly.kind, weekly.owner) == ("Weekly revenue", "dashboard", "ann@shop.example")
    assert (weekly.through, weekly.is_measured) == ((Through("model.shop.orders", "Amount"),), True)
    assert found.keys() == {
        "exposure.shop.weekly",
        "exposure.shop.board",
        "semantic_model.shop.orders",
        "metric.shop.sold",
    }
    untouched = ColumnReport(compared=("id", "Amount", "status"), changed={"status": 1})
    assert {one.unique_id for one in _find(_orders(untouched)).readers} == {
        "exposure.shop.weekly",
        "semantic_model.shop.orders",
        "metric.shop.states",
    }


def test_a_column_that_is_added_reaches_nobody_outside() -> None:
    """Every new column would be told to the owners of all dashboards, who would soon read no more of it."""
    both = _project()
    more = {"model.shop.orders": (*_ORDERS, Column("new", "INTEGER"))}
    columns: dict[Side, Columns] = {Side.BASE: {"model.shop.orders": _ORDERS}, Side.HEAD: more}
    told = ColumnReport(added=("new",), compared=("id", "Amount", "status"))
    found = find((_orders(told, RowReport(9, 9, 0, 0, 0, 9)),), Evidence((both, both), {s: {} for s in Side}, columns))
    assert (_columns(found, "orders"), found.readers) == (["new"], ())


def test_what_breaks_readers_is_told() -> None:
    """A column that a dashboard shows would be dropped without a word."""
    schema = Finding(
        "schema",
        Outcome.CHANGED,
        "",
        measures={
            "removed": ["gone", "old"],
            "likely_renamed": [{"base": "old", "head": "new", "percent": 99.0}],
            "type_changed": {"status": {"base": "VARCHAR", "head": "INTEGER", "became": "narrowed"}},
            "contract": {"id": {"declared": "int", "found": None}},
        },
    )
    orders = replace(_orders(), findings=(_values(), schema))
    told = {one.column: (one.what, "exposure.shop.weekly" in one.readers) for one in _find(orders).breaks}
    assert told == {
        "gone": ("was removed", True),
        "old": ("was likely renamed to `new`", True),
        "status": ("became narrower: `VARCHAR` became `INTEGER`", True),
        "id": ("is missing, and the contract declares it", True),
    }
    mart = replace(model("mart", Outcome.CHANGED), findings=(schema,))
    assert not [one for one in _find(mart).breaks if one.unique_id == "model.shop.mart"]  # nobody relies on it
