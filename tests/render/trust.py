"""Reports on what is declared, what is noise, what explains what, and on which evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain import (
    ChangeKind,
    Clause,
    ColumnReport,
    Common,
    Declared,
    DiffTable,
    Environment,
    Event,
    Evidence,
    Explained,
    Finding,
    FromTo,
    Grade,
    ModelReport,
    NamedReport,
    Noise,
    Outcome,
    Proof,
    Relates,
    Replayed,
    Report,
    RowKind,
    RowReport,
    Status,
    TableColumn,
    Unmet,
    Verified,
)
from tests.render.reports import RUN, equal, model

PROPOSAL = """\
orders:
  rows: -8906
  columns: {changed: [status]}
  reason: # why is it meant?
daily_revenue: {columns: {changed: [revenue, order_count]}}
"""
RETURNED = Common(RowKind.REMOVED, "status", Relates.IN, ("returned", "return_pending"), 8_906, 8_906, 0)
SPRING = Common(RowKind.CHANGED, "ordered_on", Relates.BETWEEN, ("2024-03-01", "2024-03-31"), 412, 401, 12)
_DIGEST = "5f3c" * 16


def root(name: str = "orders") -> ModelReport:
    """A modified model that lost rows, which have something in common."""
    said = f"standard: {Event.CHANGED.value}"
    return replace(
        model(name, Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED, RowReport(61_948, 53_042, 0, 8_906, 412, 52_630)),
        columns=ColumnReport(changed={"status": 412}, compared=("amount", "status", "placed_at")),
        findings=(
            Finding("row_count", Outcome.CHANGED, "61,948 rows before, 53,042 after", Grade.FAIL, rule=said),
            Finding("values", Outcome.CHANGED, "0 added, 8,906 removed, 412 changed", Grade.FAIL, rule=said),
        ),
        rule=said,
        explained=Explained(own=True),
        common=(RETURNED, SPRING),
    )


def member(name: str, *roots: str, grade: Grade = Grade.FAIL) -> ModelReport:
    """A model that changed because of others alone."""
    said = f"standard: {Event.CHANGED.value}"
    return replace(
        model(name, Outcome.CHANGED, grade, rows=RowReport(730, 730, 0, 0, 273, 457)),
        columns=ColumnReport(changed={"revenue": 273}, compared=("revenue", "order_count")),
        findings=(Finding("values", Outcome.CHANGED, "273 changed", grade, rule=said),),
        rule=said,
        explained=Explained(tuple(f"model.shop.{one}" for one in roots), own=False, proof=Proof.SAME_CODE),
    )


def _declared(one: ModelReport, declared: Declared, grade: Grade) -> ModelReport:
    findings = tuple(replace(finding, grade=grade) for finding in one.findings)
    return replace(one, declared=declared, grade=grade, findings=findings)


def _report(status: Status, headline: str, *models: ModelReport) -> Report:
    return replace(
        Report(RUN, status, headline, models),
        policy="standard (.proofbot.yml:3)",
        evidence=evidence(),
    )


def evidence() -> Evidence:
    """What a verdict rests on."""
    return Evidence(
        configuration=_DIGEST,
        manifests={"base": _DIGEST, "head": _DIGEST},
        versions={"dbt-core": "1.11.2", "duckdb": "2.0.0"},
        environments=(
            Environment("base", RUN.base.commit, 0, 41, _DIGEST),
            Environment("head", RUN.head.commit, 14),
            Environment("control", RUN.base.commit, 2),
        ),
        statements=(Replayed("model.shop.orders", "values", "select count(*) from orders", 1, _DIGEST, 0.25),),
    )


def undeclared() -> Report:
    """One bug with forty models downstream, one of them with a second cause; nothing is declared."""
    members = [member(f"mart_{number:02}", "orders") for number in range(39)]
    alone = replace(root("vouchers"), common=(), explained=Explained((), own=True))
    both = replace(member("payments_by_day", "orders", "vouchers"), explained=None)
    both = replace(
        both, explained=Explained(("model.shop.orders", "model.shop.vouchers"), own=False, proof=Proof.HYBRID)
    )
    found = _report(
        *(Status.FAILURE, "gate closed: 42 of 43 affected models changed, and nothing declared it; 1 unchanged"),
        *(root(), *members, both, alone, equal("returns", 1_204)),
    )
    return replace(found, proposal=PROPOSAL)


def declared() -> Report:
    """Models that are as declared, outside of it, without it, and not as they should have changed; noise; the author's
    own proof."""
    as_declared = Declared(
        Verified.AS_DECLARED,
        (
            Clause("rows", Verified.AS_DECLARED, "-25%..-10%", "−8,906 (−14.4%)"),
            Clause("column status", Verified.AS_DECLARED, "changed", "changed in 412 rows"),
            Clause("where", Verified.AS_DECLARED, "status = 'returned'", "no other row changed"),
        ),
        "returned orders are not orders any more (DATA-142), says @shop/data",
        "description:3",
    )
    outside = Declared(
        Verified.OUTSIDE,
        (
            Clause("rows", Verified.OUTSIDE, "+0", "−8,906 (−14.4%)"),
            Clause("column status", Verified.NOT_DECLARED, "", "changed in 412 rows"),
            Clause("column amount", Verified.ABSENT, "changed", "equal in every row"),
        ),
        "only amounts change",
        "description:7",
    )
    undeclared_ = Declared(Verified.NOT_DECLARED, (Clause("column revenue", Verified.NOT_DECLARED, "", "273 rows"),))
    absent = Declared(
        Verified.ABSENT, (Clause("columns added", Verified.ABSENT, "is_closed", "no column"),), where="description:9"
    )
    models = (
        replace(_declared(root("payments"), outside, Grade.FAIL), common=(), rule="standard: outside"),
        replace(_declared(root(), as_declared, Grade.PASS), rule="standard: declared"),
        _declared(member("daily_revenue", "orders"), undeclared_, Grade.FAIL),
        replace(equal("customers", 4_000), declared=absent, grade=Grade.FAIL, rule="standard: absent"),
        *noisy(),
        equal("returns", 1_204),
    )
    unmet = (
        Unmet("marts.*", Declared(Verified.AS_DECLARED, where="description:11"), Grade.PASS, "standard: declared"),
        Unmet(
            "stg_refunds",
            Declared(
                Verified.ABSENT,
                (Clause("rows", Verified.ABSENT, "-12", "not affected"),),
                "refunds are gone",
                "description:12",
            ),
            Grade.FAIL,
            "standard: absent",
        ),
    )
    found = _report(Status.FAILURE, "gate closed: 4 of 8 affected models are not as declared", *models)
    return replace(found, named=authors(), unmet=unmet, sources=("description", ".proofbot/expect.yml"))


def noisy() -> tuple[ModelReport, ...]:
    """Models with noise of every kind."""
    columns = Noise({"loaded_at": "current_timestamp", "batch": ""}, {"score": 1e-9}, {"rank": 3}, differing=88_120)
    rows = Noise(rows=True, rows_cause="limit without order", controls=2)
    became = Noise(became={"token": "random()"}, key=True, controls=2)
    return (
        replace(equal("sessions", 88_120), outcome=Outcome.NOISE, noise=columns, rule="standard: noise"),
        replace(equal("top_pages", 10), outcome=Outcome.NOISE, grade=Grade.WARN, noise=rows, rule="standard: unstable"),
        replace(
            model("visitors", Outcome.CHANGED, Grade.WARN, ChangeKind.MODIFIED, RowReport(50, 50, 0, 0, 50, 0)),
            noise=became,
            rule="standard: volatile",
        ),
    )


def authors() -> tuple[NamedReport, ...]:
    """What the author adds to prove the request, and a check of the project."""
    table = DiffTable(
        "Refunds by month",
        (TableColumn("month", data=True), TableColumn("refunds", numeric=True, data=True)),
        (("2026-01-01", FromTo(12.5, 12.5)), ("2026-02-01", FromTo(8, 9))),
    )
    return (
        NamedReport(
            "query",
            "refunds_by_month",
            ("model.shop.orders",),
            Finding("query", Outcome.CHANGED, "1 of 2 rows differs", Grade.WARN, tables=(table,)),
            title="Refunds move by a month at most",
            why="finance books a refund when it is paid, so that only the last month may move",
            is_declared=True,
        ),
        NamedReport(
            "assertion",
            "no order without a customer",
            ("model.shop.orders",),
            Finding("assertion", Outcome.UNCHANGED, "No rows.", Grade.PASS),
            is_declared=True,
        ),
        NamedReport("query", "open orders", (), Finding("query", Outcome.UNCHANGED, "Equal.", Grade.PASS)),
    )


def advisory() -> Report:
    """A bug in a project without configuration: the gate stays open."""
    models = tuple(
        replace(
            one,
            grade=Grade.WARN,
            rule="advisory: changed",
            findings=tuple(replace(finding, grade=Grade.WARN, rule="advisory: changed") for finding in one.findings),
        )
        for one in (root(), member("daily_revenue", "orders"))
    )
    found = _report(Status.SUCCESS, "gate open (advisory): 2 of 2 affected models changed", *models)
    return replace(found, policy="advisory (default)", proposal=PROPOSAL)


GOLDEN: Mapping[str, Callable[[], Report]] = {
    "undeclared": undeclared,
    "declared": declared,
    "advisory": advisory,
}
