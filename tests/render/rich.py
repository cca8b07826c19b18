"""Reports that hold all that report.html can show: profiles, histograms, months, code, statements, a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import (
    ChangeKind,
    Code,
    DiffTable,
    Evidence,
    Finding,
    FromTo,
    Grade,
    GraphNode,
    ModelReport,
    Outcome,
    Replayed,
    Report,
    RowReport,
    Status,
    Surroundings,
    TableColumn,
    TestReport,
)
from tests.render.evidence import BY_MONTH, CHANGED_COLUMNS, EXAMPLES, named, shown
from tests.render.reports import RUN, equal, model

_COLUMN = TableColumn("Column", data=True)
_BINS = DiffTable(
    "Rows by bin",
    (_COLUMN, TableColumn("Bin"), TableColumn("Base", numeric=True), TableColumn("Head", numeric=True)),
    (
        *(
            ("amount", f"{25 * n:,} to {25 * (n + 1):,}", base, head)
            for n, (base, head) in enumerate(
                [
                    (1_204, 1_204),
                    (5_310, 5_322),
                    (9_871, 9_640),
                    (14_200, 13_011),
                    (12_020, 10_900),
                    (8_800, 6_400),
                    (5_120, 3_705),
                    (3_005, 1_810),
                    (1_500, 790),
                    (918, 260),
                ]
            )
        ),
        ("amount", "null", 0, 12),
    ),
)
_DAILY = DiffTable(
    "Groups that differ",
    (
        TableColumn("day", data=True),
        TableColumn("revenue", numeric=True, data=True),
        TableColumn("Difference", numeric=True),
    ),
    tuple(
        (f"2026-01-{day:02}", FromTo(1_000 + 31 * day % 170, 990 + 29 * day % 150), -10 - 2 * day)
        for day in range(1, 29)
    ),
)
_MONTHS = replace(
    BY_MONTH, rows=tuple((f"2025-{month:02}", month % 3, 40 - 3 * month, 12 * month) for month in range(1, 13))
)


def _step(base: object, head: object) -> float | None:
    return head - base if isinstance(base, int | float) and isinstance(head, int | float) else None


def profile() -> Finding:
    """Measures of two columns, of which one may not be shown."""
    amount = {
        "nulls": (0, 12),
        "distinct": (8_100, 7_912),
        "min": (0.01, 0.01),
        "max": (249.5, 249.5),
        "mean": (98.20815, 86.401),
        "stddev": (44.19, 41.2),
    }
    email = {"nulls": (0, 1), "min": ("hidden", "hidden")}
    columns = {
        name: {
            measure: {
                "base": base,
                "head": head,
                "difference": _step(base, head),
                "bound": "none",
            }
            for measure, (base, head) in measures.items()
        }
        for name, measures in (("amount", amount), ("email", email))
    }
    return Finding("profile", Outcome.CHANGED, "5 of 8 measures of 2 columns differ", Grade.PASS, {"columns": columns})


def top() -> Finding:
    """The most frequent values of a column."""
    values = [("open", 40_000, 34_011), ("paid", 20_000, 17_689), ("PAID", 0, 1_310), (None, 0, 12), ("", 4, 4)]
    told = [
        {"value": value, "base": base, "head": head, "share_change": round((head - base) / 619, 2)}
        for value, base, head in values
    ]
    measures = {"columns": {"status": {"appeared": 1, "vanished": 0, "top": told, "bound": "none"}}}
    return Finding("top_k", Outcome.CHANGED, "1 value appeared in 1 of 1 column", Grade.PASS, measures)


def changed(name: str = "orders") -> ModelReport:
    """A model with something of all there is."""
    findings = (
        Finding("row_count", Outcome.CHANGED, "8,906 rows fewer", Grade.FAIL),
        Finding(
            "values",
            Outcome.CHANGED,
            "311 rows changed",
            Grade.FAIL,
            tables=(CHANGED_COLUMNS, EXAMPLES, _MONTHS),
        ),
        profile(),
        top(),
        Finding("histogram", Outcome.CHANGED, "amount is distributed otherwise", Grade.PASS, tables=(_BINS,)),
    )
    found = model(name, Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED)
    assert found.columns is not None
    return replace(
        found,
        rows=RowReport(61_948, 53_042, 0, 8_906, 311, 52_731),
        columns=replace(
            found.columns,
            added=("discount",),
            removed=("legacy_id",),
            type_changed={"amount": ("DECIMAL(10,2)", "DOUBLE")},
            changed={"status": 311, "amount": 12, "customer_id": 52_731},
            compared=("amount", "placed_at", "status", "customer_id", "channel"),
            uncompared={"loaded_at": "it is left out by `exclude`"},
        ),
        findings=findings,
    )


def rich() -> Report:
    """A shop of ten models, one of which loses rows, with its graph, its code and its statements."""
    orders = changed()
    others = [
        equal(name, 4_000 + 11 * len(name))
        for name in ("customers", "order_items", "stg_returns", "segments", "returns")
    ]
    daily = replace(
        model("daily_revenue", Outcome.CHANGED, Grade.FAIL),
        key=None,
        rows=RowReport(730, 730, 688, 688, 0, 42),
        findings=(Finding("metric", Outcome.CHANGED, "Rows differ.", Grade.FAIL, tables=(_DAILY,)),),
    )
    monthly = model("monthly_revenue", Outcome.CHANGED, Grade.WARN, rows=RowReport(24, 24, 0, 0, 20, 4))
    staged = replace(equal("stg_payments", 58_221, ChangeKind.MODIFIED), path="models/staging/stg_payments.sql")
    models = (staged, orders, daily, monthly, *others)
    ids = {one.name: one.unique_id for one in models}
    nodes = tuple(GraphNode(one.unique_id, one.name, "model") for one in models)
    around = (
        GraphNode("source.shop.raw.payments", "raw.payments", "source"),
        GraphNode("source.shop.raw.orders", "raw.orders", "source"),
        GraphNode("model.shop.stg_orders", "stg_orders", "model"),
        GraphNode("exposure.shop.weekly", "weekly", "exposure"),
    )
    edges = (
        ("source.shop.raw.payments", ids["stg_payments"]),
        ("source.shop.raw.orders", "model.shop.stg_orders"),
        ("model.shop.stg_orders", ids["orders"]),
        (ids["stg_payments"], ids["orders"]),
        (ids["orders"], ids["daily_revenue"]),
        (ids["orders"], ids["customers"]),
        (ids["orders"], ids["order_items"]),
        (ids["daily_revenue"], ids["monthly_revenue"]),
        (ids["customers"], ids["segments"]),
        (ids["stg_returns"], ids["returns"]),
        (ids["returns"], ids["daily_revenue"]),
        (ids["monthly_revenue"], "exposure.shop.weekly"),
    )
    test = TestReport("test.x", "at_least_60_000_rows", ids["orders"], "pass", "fail", 0, 1, Grade.FAIL, "Got 1 result")
    sql = "select count(*) as n\nfrom base.orders as b\njoin head.orders as h using (order_id)"
    return Report(
        RUN,
        Status.FAILURE,
        "gate closed: 3 of 9 affected models changed; 6 unchanged; 1 dbt test newly fails",
        models,
        (test,),
        notices=("Incremental models start empty on both sides: history is not compared.",),
        named=named(),
        evidence=Evidence(statements=(Replayed(ids["orders"], "compare the rows", sql, 1, "ab12", 0.42),)),
        surroundings=Surroundings((*nodes, *around), edges),
        codes={
            ids["orders"]: Code(
                "select\n    o.order_id,\n    o.status,\n    p.amount\nfrom {{ ref('stg_orders') }} as o\n"
                "left join {{ ref('stg_payments') }} as p using (order_id)\n",
                "select\n    o.order_id,\n    o.status,\n    p.amount\nfrom {{ ref('stg_orders') }} as o\n"
                "join {{ ref('stg_payments') }} as p using (order_id)\nwhere p.amount < 250\n",
            )
        },
    )


def many(number: int = 2_000) -> Report:
    """A macro that everything uses has changed; every tenth model changes, and a few have something of all."""
    names = [f"mart_{index:04}_of_department_{index % 17}" for index in range(number)]
    models = [_one_of_many(name, index) for index, name in enumerate(names)]
    ids = [one.unique_id for one in models]
    edges = tuple((ids[index // 3], ids[index]) for index in range(1, number))
    nodes = tuple(GraphNode(one.unique_id, one.name, "model") for one in models)
    headline = f"gate closed: {number // 10:,} of {number:,} affected models changed"
    codes: Mapping[str, Code] = {uid: Code("select 1 as a", "select 2 as a") for uid in ids[:50]}
    return Report(RUN, Status.FAILURE, headline, tuple(models), surroundings=Surroundings(nodes, edges), codes=codes)


def _one_of_many(name: str, index: int) -> ModelReport:
    folder = ("staging", "intermediate", "marts")[index % 3]
    found = changed(name) if index % 100 == 0 else equal(name, 1_000 + index, ChangeKind.MODIFIED)
    if index % 10 == 5:
        values = (Finding("values", Outcome.CHANGED, "Rows differ.", Grade.FAIL, tables=(CHANGED_COLUMNS,)),)
        found = replace(found, outcome=Outcome.CHANGED, grade=Grade.FAIL, findings=values)
    assert found.columns is not None
    columns = replace(found.columns, compared=tuple(f"measure_{place:02}" for place in range(30)))
    return replace(found, path=f"models/{folder}/{name}.sql", columns=columns)


def bare() -> Report:
    """One that tells nothing of code and graph, as a fork's does."""
    return replace(shown(), surroundings=None, codes={})
