"""Reports as the engine makes them, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.domain import (
    Acceptance,
    Break,
    Cause,
    CauseKind,
    ChangeKind,
    Clause,
    ColumnReport,
    Common,
    Declared,
    DiffTable,
    Evidence,
    Explained,
    Finding,
    FromTo,
    Grade,
    Key,
    KeySource,
    MetadataChange,
    ModelReport,
    NamedReport,
    NodeChange,
    Noise,
    Outcome,
    Problem,
    Reach,
    Reached,
    ReachedColumn,
    Reader,
    Relates,
    Replayed,
    Report,
    Revision,
    RowKind,
    RowReport,
    RunReport,
    Status,
    TableColumn,
    TestReport,
    Through,
    Unmet,
    Verified,
)

RUN = RunReport(
    version="0.1.0",
    project="shop",
    base=Revision("4b4864c1f0aa2f6a3d9b4c55e1d0f5a2b9c3d7e6", "main", "Count returns as well"),
    head=Revision("9ab01cd27e5b8f3a4c6d1e0f9b8a7c6d5e4f3a2b", "faster-orders", "Join payments once"),
    started_at="2026-03-04T05:06:07Z",
    seconds=41.3,
    dbt_version="1.11.2",
    adapter="duckdb",
    warehouse="DuckDB 2.0.0",
    statements=38,
    models_built=14,
)


def model(
    name: str,
    outcome: Outcome = Outcome.UNCHANGED,
    grade: Grade = Grade.PASS,
    kind: ChangeKind = ChangeKind.DOWNSTREAM,
    rows: RowReport | None = None,
) -> ModelReport:
    """A model with a key, its columns compared and nothing found."""
    return ModelReport(
        unique_id=f"model.shop.{name}",
        name=name,
        resource_type="model",
        package="shop",
        path=f"models/marts/{name}.sql",
        materialization="table",
        change=NodeChange(
            f"model.shop.{name}",
            kind,
            causes=() if kind is ChangeKind.DOWNSTREAM else (Cause(CauseKind.SQL),),
            upstream=("model.shop.orders",) if kind is ChangeKind.DOWNSTREAM else (),
        ),
        outcome=outcome,
        grade=grade,
        key=Key((f"{name.removesuffix('s')}_id",), KeySource.UNIQUE_NOT_NULL),
        rows=rows,
        columns=ColumnReport(compared=("amount", "placed_at", "status", "customer_id")),
    )


def equal(name: str, rows: int, kind: ChangeKind = ChangeKind.DOWNSTREAM) -> ModelReport:
    """A model whose rows are all the same on both sides."""
    return model(name, kind=kind, rows=RowReport(rows, rows, 0, 0, 0, rows))


def shop() -> Report:
    """A request with a harmless refactoring, a new column, and a join that loses rows and passes every test."""
    orders = replace(
        model("orders", Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED),
        rows=RowReport(61_948, 53_042, 0, 8_906, 0, 53_042),
        findings=(
            Finding("row_count", Outcome.CHANGED, "Head has fewer rows than base.", Grade.FAIL),
            Finding("schema", Outcome.UNCHANGED, "The columns are the same.", Grade.PASS),
        ),
    )
    customers = replace(
        model("customers", Outcome.CHANGED, Grade.WARN, ChangeKind.MODIFIED),
        rows=RowReport(4_000, 4_000, 0, 0, 2_713, 1_287),
        columns=ColumnReport(
            added=("lifetime_discount",),
            type_changed={"orders_count": ("BIGINT", "INTEGER")},
            changed={"lifetime_value": 2_713, "orders_count": 2_712, "last_order_at": 1},
            compared=("name", "lifetime_value", "orders_count", "last_order_at", "first_order_at"),
        ),
        findings=(
            Finding("schema", Outcome.CHANGED, "A column was added.", Grade.WARN, {"added": ["lifetime_discount"]}),
        ),
    )
    daily = replace(
        model("daily_revenue", Outcome.CHANGED, Grade.FAIL),
        key=None,
        rows=RowReport(730, 730, 688, 688, 0, 42),
        findings=(Finding("values", Outcome.CHANGED, "Rows differ.", Grade.FAIL),),
    )
    return Report(
        RUN,
        Status.FAILURE,
        "gate closed: 3 of 7 affected models changed; 1 without rows, so not verified; 3 unchanged",
        models=(
            equal("stg_payments", 58_221, ChangeKind.MODIFIED),
            orders,
            customers,
            daily,
            equal("order_statuses", 5),
            equal("returns", 1_204),
            model("vouchers", Outcome.VACUOUS, Grade.WARN, rows=RowReport(0, 0, 0, 0, 0, 0)),
        ),
        same_sql=("model.shop.stg_orders",),
        metadata=(MetadataChange("model.shop.products", ("description", "tests")),),
        notices=("Incremental models start empty on both sides: history is not compared.",),
    )


def all_equal() -> Report:
    """A refactoring that changes nothing in the data."""
    models = (
        equal("stg_orders", 61_948, ChangeKind.MODIFIED),
        equal("orders", 61_948),
        equal("customers", 4_000),
        replace(equal("customer_segments", 4_000), outcome=Outcome.EQUIVALENT, rows=None),
    )
    return Report(RUN, Status.SUCCESS, "gate open: all 4 affected models unchanged", models)


def vacuous() -> Report:
    """A request whose only model is empty on both sides."""
    empty = model("vouchers", Outcome.VACUOUS, Grade.WARN, ChangeKind.MODIFIED, RowReport(0, 0, 0, 0, 0, 0))
    return Report(RUN, Status.SUCCESS, "gate open: 1 without rows, so not verified", (empty,))


def errored() -> Report:
    """Models that fail at head, one that cannot be read, what lies below them, and tests in every state."""
    broken = replace(
        model("orders", Outcome.ERRORED, Grade.ERROR, ChangeKind.MODIFIED),
        key=None,
        columns=None,
        reason=(
            "dbt at head: Runtime Error in model orders (models/marts/orders.sql)\n"
            '  Binder Error: Referenced column "paid_att" not found in FROM clause!\n'
            '  Candidate bindings: "paid_at", "placed_at"\n\n'
            "  LINE 12:     paid_att\n               ^"
        ),
        findings=(Finding("build", Outcome.ERRORED, "The model builds at base and fails at head.", Grade.ERROR),),
    )
    unreadable = replace(
        model("shapes", Outcome.ERRORED, Grade.ERROR),
        columns=None,
        reason="dbt says that the relation exists, and the warehouse has none.",
    )
    skipped = [
        replace(
            model(name, Outcome.SKIPPED, Grade.ERROR),
            columns=None,
            reason="`orders`, which it reads, failed at head.",
        )
        for name in ("customers", "daily_revenue")
    ]
    tests = (
        TestReport(
            "test.shop.unique_returns",
            "unique_returns_return_id",
            "model.shop.returns",
            "pass",
            "fail",
            0,
            12,
            Grade.FAIL,
        ),
        TestReport(
            "test.shop.new",
            "accepted_values_returns_reason",
            "model.shop.returns",
            None,
            "error",
            None,
            None,
            Grade.ERROR,
            "Catalog Error: Table does not exist",
        ),
        TestReport("test.shop.old", "not_null_returns_at", "model.shop.returns", "fail", "fail", 3, 3, Grade.PASS),
        TestReport("test.shop.mended", "not_null_returns_id", "model.shop.returns", "fail", "pass", 1, 0, Grade.PASS),
        TestReport(
            "test.shop.lost", "unique_orders_order_id", "model.shop.orders", "pass", "skipped", 0, None, Grade.WARN
        ),
        TestReport("test.shop.fine", "unique_stg_orders", "model.shop.stg_orders", "pass", "pass", 0, 0, Grade.PASS),
    )
    return Report(
        RUN,
        Status.FAILURE,
        "gate closed: 2 models failed or could not be compared; 2 models not checked; 2 dbt tests newly fail",
        (equal("returns", 1_204), broken, unreadable, *skipped),
        tests,
    )


def no_key() -> Report:
    """Models without a key, one with an unusable one, one new, one gone, one whose type cannot be compared."""
    return Report(
        RUN,
        Status.FAILURE,
        "gate closed: 2 of 5 affected models changed; 1 added; 1 removed; 1 unchanged",
        (
            replace(
                model("page_views", Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED),
                key=None,
                rows=RowReport(1_000_000, 1_000_001, 2, 1, 0, 999_999),
            ),
            replace(equal("sessions", 88_120), key=None),
            replace(
                model("events", Outcome.CHANGED, Grade.FAIL, rows=RowReport(500, 500, 1, 1, 3, 496, 14)),
                columns=ColumnReport(
                    changed={"payload": 3}, compared=("payload",), uncompared={"shape": "GEOMETRY has no equality"}
                ),
            ),
            replace(
                model("funnels", Outcome.CHANGED, kind=ChangeKind.ADDED, rows=RowReport(head=312)),
                key=None,
                columns=None,
                reason="new at head",
            ),
            replace(
                model("countries", Outcome.CHANGED, Grade.WARN, ChangeKind.REMOVED, RowReport(base=249)),
                resource_type="seed",
                key=None,
                columns=None,
                reason="gone at head",
            ),
        ),
    )


def untouched() -> Report:
    """A request that changes nothing dbt builds."""
    return Report(RUN, Status.SUCCESS, "no data models touched", ())


def problem() -> Report:
    """A head that does not parse."""
    return Report(
        replace(RUN, models_built=0, statements=0, seconds=6.8),
        Status.FAILURE,
        "gate closed: dbt cannot parse the project at head",
        (),
        problem=Problem(
            "dbt cannot parse the project at head",
            "Compilation Error in model orders (models/marts/orders.sql)\n"
            "  unexpected '}'\n    line 4\n      select * from {{ ref('stg_orders') }}}",
            "Mend `models/marts/orders.sql`, and check with `dbt parse`.",
        ),
    )


def many(number: int = 2_000) -> Report:
    """A macro that everything uses has changed: every model fails, and each has a good deal to say."""
    models = [
        replace(
            model(f"mart_with_a_rather_long_name_{index:04}", Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED),
            rows=RowReport(10_000 + index, 9_000, 17, 1_017 + index, 312, 8_671),
            columns=ColumnReport(
                added=("inserted_at",),
                changed={f"measure_{column:02}": 312 - column for column in range(12)},
                compared=tuple(f"measure_{column:02}" for column in range(40)),
            ),
            findings=(Finding("values", Outcome.CHANGED, "Rows differ.", Grade.FAIL),),
        )
        for index in range(number)
    ]
    return Report(RUN, Status.FAILURE, f"gate closed: {number:,} of {number:,} affected models changed", tuple(models))


def with_text(texts: Sequence[str]) -> Report:
    """A report that says everything a report can say, with these texts in turn for all that is free text."""
    turn = iter(range(10_000))

    def text() -> str:
        return texts[next(turn) % len(texts)]

    def hostile(index: int, outcome: Outcome, grade: Grade) -> ModelReport:
        return ModelReport(
            unique_id=f"model.{index}.{text()}",
            name=text(),
            resource_type="model",
            package=text(),
            path=text(),
            materialization="table",
            change=NodeChange(
                text(),
                ChangeKind.MODIFIED,
                tuple(Cause(kind, text()) for kind in CauseKind),
                (text(), text()),
            ),
            outcome=outcome,
            grade=grade,
            key=Key((text(), text()), KeySource.META) if index % 2 else None,
            rows=RowReport(10, 9, 1, 2, 3, 5, 4),
            columns=ColumnReport(
                added=(text(),),
                removed=(text(),),
                type_changed={text(): (text(), text())},
                changed={f"{number}{text()}": 2 for number in range(3)},
                order_changed=True,
                compared=("a", "b", "c", "d", "e"),
                uncompared={text(): text()},
            ),
            findings=(
                Finding(text(), Outcome.CHANGED, text(), Grade.FAIL, tables=(table(),), advice=text()),
                Finding("build", Outcome.ERRORED, text(), Grade.ERROR),
            ),
            reason=f"{index}{text()}",
            proposed_keys=((text(), text()), (text(),)),
            accepted=Acceptance(text(), f"{index}{text()}", text()) if grade is Grade.WARN else None,
            rule=text(),
            noise=Noise(
                {text(): text()},
                {f"a{text()}": 0.1},
                {f"b{text()}": 3},
                key=True,
                rows=True,
                rows_cause=text(),
                differing=2,
                became={text(): text()},
                broken={text(): f"a{text()}"},
            ),
            declared=declared(list(Verified)[index % len(Verified)]),
            explained=Explained((text(), text(), text()), bool(index % 2)),
            common=tuple(Common(RowKind.REMOVED, text(), relates, (text(), text()), 9, 8, 1) for relates in Relates),
        )

    def declared(verified: Verified) -> Declared:
        return Declared(verified, (Clause(text(), verified, text(), text()),), text(), text())

    def table() -> DiffTable:
        columns = (TableColumn(text()), TableColumn(text(), data=True), TableColumn(text(), numeric=True, data=True))
        return DiffTable(
            text(), columns, ((text(), text(), 1.5), (None, None, None), (FromTo(1, 2), FromTo(text(), text()), text()))
        )

    outcomes = list(Outcome)
    return Report(
        run=RunReport(
            text(),
            text(),
            Revision(text(), text(), text(), working_tree=True),
            Revision(text(), text(), text()),
            text(),
            1.5,
            text(),
            text(),
            text(),
            slug="shop",
            is_foreign=True,
        ),
        status=Status.FAILURE,
        headline=text(),
        models=tuple(
            hostile(index, outcomes[index % len(outcomes)], list(Grade)[index % 4])
            for index in range(2 * len(outcomes))
        ),
        tests=tuple(
            TestReport(text(), text(), text(), base, head, 1, 2, grade, text(), approval)
            for base, head, grade, approval in (
                ("pass", "fail", Grade.FAIL, None),
                (None, "error", Grade.FAIL, None),
                ("fail", "fail", Grade.FAIL, None),
                ("pass", "fail", Grade.WARN, Acceptance(text(), "a" + text(), text())),
                ("fail", "pass", Grade.PASS, None),
                ("pass", "skipped", Grade.WARN, None),
                ("pass", "skipped", Grade.ERROR, None),
            )
        ),
        same_sql=(text(), text()),
        equivalent=(text(), text()),
        metadata=(MetadataChange(text(), (text(), text())),),
        notices=(text(), text()),
        problem=Problem(text(), text(), text()),
        named=(
            NamedReport(
                text(),
                text(),
                (text(),),
                Finding(text(), Outcome.CHANGED, text(), Grade.FAIL, tables=(table(),), advice=text()),
            ),
            NamedReport(
                text(),
                text(),
                (text(),),
                Finding(text(), Outcome.CHANGED, text(), Grade.FAIL, tables=(table(),), rule=text()),
                rule=text(),
                title=f"a{text()}",
                why=f"a{text()}",
                is_declared=True,
            ),
        ),
        policy=f"a{text()}",
        unmet=tuple(Unmet(text(), declared(verified), Grade.FAIL, text()) for verified in Verified),
        sources=(text(), text()),
        proposal=f"a{text()}",
        evidence=Evidence(text(), {"base": text()}, {}, (), (Replayed(text(), text(), text(), 1, text(), 0.1),)),
        reach=_reach(text),
    )


def _reach(text: Callable[[], str]) -> Reach:
    """Reach of four models and two readers, with free text."""
    return Reach(
        models=tuple(
            Reached(
                f"{number}{text()}",
                text(),
                is_changed=number < 2,
                is_measured=number < 3,
                columns=(ReachedColumn(text(), through=(Through(f"0{text()}", text()),)),),
                reads=(text(),),
                doubt=text(),
            )
            for number in range(4)
        ),
        readers=tuple(
            Reader(f"{number}{text()}", text(), text(), text(), through=(Through(text(), text()),))
            for number in range(2)
        ),
        breaks=(Break(text(), text(), f"became `{text()}`", (text(), text())),),
    )


HOSTILE = (
    "`",
    "```",
    "a ``` b `c",
    "a|b",
    "\\|",
    "</details>",
    "<!-- -->",
    "-->",
    "@user",
    "@org/team",
    "#1",
    "owner/repo#1",
    "GH-1",
    "https://example.com/x",
    "www.example.com",
    "someone@example.com",
    "![image](https://example.com/x.png)",
    "[link](javascript:alert)",
    "<img src=x onerror=alert(1)>",
    "<script>",
    "two\nlines",
    "\n\n# heading\n\n- list\n\n---\n",
    "a\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 | 2 |",
    "/merge",
    "\n/approve\n",
    "safe\u202egnp.exe",
    "\u2066hidden\u2069",
    "\x00\x1b[31mred",
    " leading and trailing ",
    "*bold* _it_ ~~no~~ $x$",
    "&lt;b&gt; &#64;user",
    "",
    "   ",
    "1. one",
    "- one",
    "> quote",
    "~~~",
    "\ud800",
    ":warning:",
    "x" * 500,
    "`" * 500,
    "|" * 500,
)

GOLDEN: Mapping[str, Callable[[], Report]] = {
    "shop": shop,
    "all_equal": all_equal,
    "vacuous": vacuous,
    "errored": errored,
    "no_key": no_key,
    "untouched": untouched,
    "problem": problem,
    "many": many,
    "hostile": lambda: with_text(HOSTILE),
}
