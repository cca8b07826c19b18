"""Reports that have much to show: example rows, profiles, histograms, named checks, samples, proposed keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.core.verdict import conclude
from bot.domain import (
    Acceptance,
    Bound,
    ChangeKind,
    ColumnReport,
    Cost,
    DiffTable,
    Finding,
    FromTo,
    Grade,
    Key,
    KeySource,
    ModelReport,
    NamedReport,
    Outcome,
    Report,
    RowReport,
    Status,
    TableCell,
    TableColumn,
    TestReport,
)
from tests.render import reach, reports, trust
from tests.render.reports import HOSTILE, RUN, equal, model

VALUE = TableColumn("Value", data=True)
BASE, HEAD = TableColumn("Base", numeric=True), TableColumn("Head", numeric=True)
CHANGED_COLUMNS = DiffTable(
    "Changed columns",
    (
        TableColumn("Column", data=True),
        TableColumn("Changed rows", numeric=True),
        TableColumn("Match %", numeric=True),
        TableColumn("Largest step up", numeric=True),
        TableColumn("Largest step down", numeric=True),
    ),
    (
        ("status", 311, 99.4823, None, None),
        ("amount", 12, 99.9801, 0.01, -129.5),
        ("note", 1, 99.9999, None, None),
    ),
)
EXAMPLES = DiffTable(
    "Example rows",
    (TableColumn("row"), *(TableColumn(name, data=True) for name in ("order_id", "status", "amount", "note"))),
    (
        ("changed", "1001", FromTo("paid", "PAID"), "12.50", None),
        ("changed", "1002", FromTo("paid", "paid "), FromTo("129.50", "0.00"), "null"),
        ("changed", "1003", FromTo("paid", None), "7.00", FromTo("", "@octocat said <b>hi</b> | `x`\n#1")),
        ("changed", "1004", "open", "3.10", FromTo(f"{'very ' * 20}long", f"{'very ' * 20}short")),
        ("changed", "1005", "open", "1.00", FromTo("caf\u00e9", "cafe\u0301")),
        ("removed", "1006", "open", "4.20", "a  b"),
        ("added", "1007", "", "99.00", "</details> [link](https://example.com) ![i](x)"),
    ),
    left_out=304,
)
BY_MONTH = DiffTable(
    "Changes by month",
    (
        TableColumn("Month", data=True),
        TableColumn("Added", numeric=True),
        TableColumn("Removed", numeric=True),
        TableColumn("Changed", numeric=True),
    ),
    ((None, 0, 0, 2), ("2026-01-01", 1, 1, 300), ("2026-02-01", 0, 0, 10)),
)
PROFILE = DiffTable(
    "Profile",
    (
        TableColumn("Column", data=True),
        TableColumn("Measure"),
        TableColumn("Base", numeric=True, data=True),
        TableColumn("Head", numeric=True, data=True),
        TableColumn("Difference", numeric=True),
        TableColumn("Difference %", numeric=True),
    ),
    (
        ("amount", "sum", 1_204_311.25, 1_204_181.75, -129.5, -0.0107),
        ("amount", "mean", 20.07185416, 20.06969583, -0.00215833, -0.0107),
        ("amount", "stddev", 0.1, 0.1000000001, 1e-10, 1e-7),
        ("status", "nulls", 0, 1, 1, None),
        ("placed_at", "max", "2026-02-27 23:59:58", "2026-02-27 23:59:58", None, None),
        ("discount", "mean", float("nan"), None, None, None),
    ),
)
TOP = DiffTable(
    "most frequent values",
    (VALUE, BASE, HEAD),
    (("open", 40_000, 40_000), ("paid", 20_000, 19_689), ("PAID", 0, 310), (None, 0, 1)),
    left_out=3,
)
HISTOGRAM = DiffTable(
    "rows by bin",
    (
        TableColumn("Column", data=True),
        TableColumn("bin"),
        TableColumn("base", numeric=True),
        TableColumn("head", numeric=True),
        TableColumn("shape of base"),
        TableColumn("shape of head"),
    ),
    (
        ("amount", "0 to 50", 50_000, 50_001, "██████████", "██████████"),
        ("amount", "50 to 100", 9_000, 9_000, "█▊", "█▊"),
        ("amount", "outside", 0, 1, "", "▏"),
    ),
)


def finding(check: str, message: str, *tables: DiffTable, grade: Grade = Grade.FAIL) -> Finding:
    """A finding that saw a change."""
    return Finding(check, Outcome.CHANGED, message, grade, tables=tables)


def shown() -> Report:
    """One model with everything that checks can show of it, and others that are within thresholds, sampled, without a
    declared key; named checks that fail and pass."""
    orders = replace(
        model("orders", Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED, RowReport(60_000, 60_000, 1, 1, 312, 59_687)),
        columns=ColumnReport(
            changed={"status": 311, "amount": 12, "note": 1},
            compared=("amount", "placed_at", "status", "customer_id", "note"),
        ),
        findings=(
            finding("values", "1 added, 1 removed, 312 changed, 59,687 unchanged", CHANGED_COLUMNS, BY_MONTH, EXAMPLES),
            finding("profile", "3 of 5 columns differ", PROFILE, grade=Grade.PASS),
            finding("top_k", "1 value appears in 1 of 1 column", TOP, grade=Grade.PASS),
            finding("histogram", "1 column is distributed otherwise", HISTOGRAM, grade=Grade.PASS),
        ),
    )
    customers = replace(
        model("customers", Outcome.CHANGED, kind=ChangeKind.MODIFIED, rows=RowReport(4_000, 4_003, 3, 0, 0, 4_000)),
        findings=(
            replace(finding("row_count", "3 rows more than at base", grade=Grade.PASS), bound=Bound.WITHIN),
            replace(finding("values", "3 added, 0 removed", grade=Grade.PASS), bound=Bound.WITHIN),
        ),
    )
    share = {"sampled": 0.1}
    events = replace(
        model("events", Outcome.CHANGED, Grade.WARN, rows=RowReport(1_000_112, 1_000_112, 0, 0, 80, 1_000_032)),
        columns=ColumnReport(changed={"payload": 80}, compared=("payload",)),
        findings=(
            Finding(
                "values",
                Outcome.CHANGED,
                "80 of 1,000,112 sampled rows changed, so 620 to 990 of all rows (95 % confidence); more than 500 warn",
                Grade.WARN,
                share,
                Bound.WARN,
            ),
        ),
    )
    sampled = Finding("values", Outcome.UNCHANGED, "All sampled rows are equal.", Grade.PASS, share)
    models = (
        orders,
        customers,
        events,
        replace(equal("clicks", 99_876), findings=(sampled,)),
        replace(equal("sessions", 88_120), key=None, proposed_keys=(("session_id",), ("visitor_id", "started at"))),
        replace(equal("page_views", 12), key=None),
        replace(equal("yes", 31), key=Key(("on",), KeySource.INFERRED)),
    )
    return Report(
        RUN,
        *conclude(models, (), named()),
        models,
        notices=("`.proofbot.yml` is read from base: what this request changes in it takes effect after the merge.",),
        named=named(),
    )


def named() -> tuple[NamedReport, ...]:
    """Named checks: a metric that fails, an assertion that fails, one of each kind that does not."""
    revenue = DiffTable(
        "Revenue by month and country",
        (
            TableColumn("month", data=True),
            TableColumn("country", data=True),
            TableColumn("revenue", numeric=True, data=True),
            TableColumn("Difference %", numeric=True),
        ),
        (
            ("2026-01-01", "DE", FromTo(12_311.25, 12_181.75), -1.0519),
            ("2026-01-01", None, FromTo(None, 5), None),
            ("2026-02-01", "FR", FromTo(0.1, 0.30000000000000004), 200.0),
        ),
    )
    orphans = DiffTable(
        "First rows", (TableColumn("order_id", data=True), TableColumn("reason", data=True)), (("1001", None),), 41
    )
    message = "revenue moved by −1.1% in 1 of 24 groups, and more than 0.5% closes the gate"
    return (
        NamedReport(
            "query", "open orders", ("model.shop.orders",), Finding("query", Outcome.UNCHANGED, "Equal.", Grade.PASS)
        ),
        NamedReport(
            "metric",
            "revenue",
            ("model.shop.orders", "model.shop.customers"),
            replace(finding("metric", message, revenue), bound=Bound.FAIL),
        ),
        NamedReport(
            "assertion", "no orphans", ("model.shop.orders",), finding("assertion", "42 rows, and none may be", orphans)
        ),
        NamedReport(
            "assertion",
            "<b>|`quiet`",
            (),
            Finding("assertion", Outcome.UNCHANGED, "No rows.", Grade.PASS, advice="queries:\n  - name: x"),
        ),
        NamedReport(
            "query", "slow", (), replace(finding("query", "Rows differ.", grade=Grade.PASS), bound=Bound.WITHIN)
        ),
    )


def nasty_rows(columns: int = 40, rows: int = 200) -> DiffTable:
    """Example rows of a wide table in which every value is hostile."""
    titles = tuple(TableColumn(HOSTILE[place % len(HOSTILE)], data=True) for place in range(columns))

    def cell(number: int) -> TableCell:
        text = HOSTILE[number % len(HOSTILE)]
        return FromTo(text, HOSTILE[(number + 1) % len(HOSTILE)]) if number % 3 == 0 else text

    return DiffTable(
        "Example rows", titles, tuple(tuple(cell(row * 7 + place) for place in range(columns)) for row in range(rows))
    )


def hostile_rows() -> Report:
    """A model with example rows of which every value is an attack."""
    attacked = replace(
        model("orders", Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED, RowReport(200, 200, 0, 0, 200, 0)),
        findings=(finding("values", "200 changed", nasty_rows()),),
    )
    return Report(RUN, Status.FAILURE, "gate closed: 1 of 1 affected model changed", (attacked,))


def many_tables(models: int = 60) -> Report:
    """More tables than a comment has room for."""
    one = shown().models[0]
    values, _, *others = one.findings

    def like(number: int) -> ModelReport:
        rows = (("amount", "sum", 1_204_311.25 + number, 1_204_181.75, -129.5 - number, -0.0107), *PROFILE.rows[1:5])
        profile = finding("profile", "it differs", replace(PROFILE, rows=rows), grade=Grade.PASS)
        name = f"m{number}"
        return replace(one, unique_id=f"model.shop.{name}", name=name, findings=(values, profile, *others))

    return replace(shown(), models=tuple(map(like, range(models))))


def accepted() -> Report:
    """A fork's report in which somebody accepted a model with its test, and an assertion; another model still fails."""
    orders = Acceptance("orders", "octocat", "the retired channel is gone, see #12 and @shop/data")
    orphans = Acceptance("no orphans", "some-reviewer", "known")
    first, second, *others = shown().models
    tests = (
        TestReport(
            "test.shop.rows",
            "at_least_60_000_rows",
            "model.shop.orders",
            "pass",
            "fail",
            0,
            1,
            Grade.WARN,
            "Got 1 result, configured to fail if != 0",
            accepted=orders,
        ),
    )
    named = tuple(
        replace(one, finding=replace(one.finding, grade=Grade.WARN), accepted=orphans)
        if one.name == "no orphans"
        else one
        for one in shown().named
    )
    values = replace(first.findings[0], grade=Grade.WARN)
    first = replace(first, grade=Grade.WARN, findings=(values,), accepted=orders)
    models = (first, replace(second, grade=Grade.FAIL), *others)
    status, headline = conclude(models, tests, named)
    cost = Cost(38, 1_240_000_000, 48.2, 0.00213, builds=Cost(96, 31_000_000, 125.0, 0.0047))
    run = replace(RUN, slug="shop", is_foreign=True, warehouse="Snowflake 10.1.2", adapter="snowflake", cost=cost)
    return Report(run, status, f"{headline}; 2 accepted", models, tests, named=named)


GOLDEN: Mapping[str, Callable[[], Report]] = {
    **reports.GOLDEN,
    **trust.GOLDEN,
    **reach.GOLDEN,
    "shown": shown,
    "hostile_rows": hostile_rows,
    "many_tables": many_tables,
    "accepted": accepted,
}
