"""Tests of the page of `proofbot diff`."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.core.portrait import ColumnPortrait, Portrait
from bot.domain import (
    ChangeKind,
    ColumnReport,
    DiffTable,
    Finding,
    FromTo,
    Grade,
    MetadataChange,
    ModelReport,
    Outcome,
    Plain,
    Problem,
    Report,
    RowReport,
    Status,
    TableColumn,
)
from bot.render.diff_page import Asked, page
from tests.render.evidence import EXAMPLES
from tests.render.reports import HOSTILE, RUN, model

_GOLDEN_FILES = Path(__file__).parent / "golden"
_ROWS = RowReport(61_948, 53_045, 3, 8_906, 2_713, 50_329)
_DAYS: dict[str, tuple[Plain, Plain]] = {
    "nulls": (0, 0),
    "min": ("2025-01-01", "2025-01-02"),
    "max": ("2026-12-31", "2026-12-31"),
}
_COLUMNS = (
    ColumnPortrait("order_id", "INTEGER", "INTEGER", is_key=True, changed=0),
    ColumnPortrait(
        "amount",
        "DECIMAL(18,2)",
        "DECIMAL(18,3)",
        changed=2_713,
        measures={"nulls": (0, 12), "min": (0, 0), "max": (1_204.5, 1_204.5), "mean": (99.27, 99.34)},
    ),
    ColumnPortrait(
        "状態", "VARCHAR", "VARCHAR", changed=1, measures={"nulls": (0, 0), "min_length": (4, 4), "max_length": (9, 11)}
    ),
    ColumnPortrait("note", "VARCHAR", "VARCHAR", was="remark", changed=0),
    ColumnPortrait("loaded_at", "TIMESTAMP", "TIMESTAMP", is_noise=True),
    ColumnPortrait("token", "UUID", "UUID", left_out="`exclude` names it"),
    ColumnPortrait("loyalty_tier", None, "VARCHAR"),
    ColumnPortrait("ordered_at", "TIMESTAMP WITH TIME ZONE", None),
    *(ColumnPortrait(f"equal_{number}", "BIGINT", "BIGINT", changed=0) for number in range(8)),
)


def _orders() -> ModelReport:
    return replace(
        model("orders", Outcome.CHANGED, Grade.FAIL, ChangeKind.MODIFIED),
        rows=_ROWS,
        columns=ColumnReport(
            added=("loyalty_tier",),
            removed=("ordered_at",),
            type_changed={"amount": ("DECIMAL(18,2)", "DECIMAL(18,3)")},
        ),
    )


def _report(*models: ModelReport) -> Report:
    return Report(RUN, Status.FAILURE, "", models)


def _printed(
    portrait: Portrait | None,
    report: Report | None = None,
    asked: Asked | None = None,
    *,
    width: int = 80,
    encoding: str = "utf-8",
) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    told = report or _report(*([portrait.model] if portrait else []))
    page(told, portrait, asked or Asked("orders"), Console(file=file, width=width, color_system=None))
    file.flush()
    return raw.getvalue().decode(encoding)


def _one_sided(kind: ChangeKind) -> Portrait:
    is_new = kind is ChangeKind.ADDED
    rows = RowReport(head=45) if is_new else RowReport(base=45)
    types = (None, "INTEGER") if is_new else ("INTEGER", None)
    columns = tuple(ColumnPortrait(name, *types) for name in ("a", "b"))
    return Portrait(replace(model("orders", kind=kind), rows=rows), columns)


def _without_key() -> Portrait:
    rows = RowReport(730, 731, 12, 11, 0, 719)
    told = replace(_orders(), key=None, rows=rows, columns=ColumnReport(), proposed_keys=(("day",),))
    columns = (ColumnPortrait("day", "DATE", "DATE", measures=_DAYS),)
    return Portrait(told, columns, rows_allowed=0)


_PAGES: dict[str, tuple[Portrait | None, Report | None]] = {
    "diff_changed": (Portrait(_orders(), _COLUMNS, EXAMPLES, 7), None),
    "diff_equal": (
        Portrait(replace(model("orders"), rows=RowReport(12, 12, 0, 0, 0, 12)), _COLUMNS[:1], rows_allowed=0),
        None,
    ),
    "diff_new": (_one_sided(ChangeKind.ADDED), None),
    "diff_removed": (_one_sided(ChangeKind.REMOVED), None),
    "diff_without_key": (_without_key(), None),
    "diff_unaffected": (None, _report()),
    "diff_broken": (
        Portrait(
            replace(model("orders", Outcome.ERRORED, Grade.ERROR), reason="dbt at head: Binder Error\n  LINE 1: nope")
        ),
        None,
    ),
    "diff_problem": (
        None,
        replace(_report(), problem=Problem("head does not parse", "Compilation Error\n  in orders.sql", "Mend it.")),
    ),
}


@pytest.mark.parametrize("name", _PAGES)
def test_golden(name: str, assert_golden: Callable[[Path, str], None]) -> None:
    """A change of the page that nobody looked at would reach every terminal."""
    text = "\n".join(line.rstrip() for line in _printed(*_PAGES[name]).split("\n"))
    assert_golden(_GOLDEN_FILES / f"{name}.txt", text)


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("name", _PAGES)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    """Tables that wrap cannot be read."""
    assert max(map(cell_len, _printed(*_PAGES[name], width=width).splitlines())) <= width


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.UNCHANGED, "orders is equal: all 53,045 rows\n"),
        (Outcome.NOISE, "orders varies by itself, and beyond that nothing differs\n"),
        (Outcome.VACUOUS, "orders has no rows on either side, so nothing was shown\n"),
        (Outcome.SKIPPED, "orders was not compared: ephemeral\n"),
    ],
)
def test_the_first_line_is_the_verdict(outcome: Outcome, words: str) -> None:
    """A developer in a loop would have to read the whole page each time."""
    told = replace(_orders(), outcome=outcome, grade=Grade.PASS, findings=(Finding("schema", outcome, "ephemeral"),))
    assert _printed(Portrait(told)).startswith(words)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (replace(_report(), equivalent=("model.shop.orders",)), "its SQL differs, and is proven to give the same rows"),
        (replace(_report(), same_sql=("model.shop.orders",)), "its code differs, and compiles to the same SQL"),
        (replace(_report(), metadata=(MetadataChange("model.shop.orders", ("tests",)),)), "metadata (tests)"),
        (_report(), "its code is the same on both sides, and so is the code of all that it reads"),
    ],
)
def test_what_was_not_asked_is_equal_for_a_reason(report: Report, words: str) -> None:
    """A developer would not know whether the comparison was made, or why not."""
    text = " ".join(_printed(None, report).split())
    assert text.startswith(f"orders is equal, without asking: {words}") or words in text


def test_what_keeps_the_model_from_being_built_is_told() -> None:
    """A developer would be told that the model was skipped, and not which of its parents is broken."""
    parent = replace(model("parent", Outcome.ERRORED, Grade.ERROR), reason="dbt at head: no such column")
    own = replace(model("orders", Outcome.ERRORED, Grade.ERROR), reason=None)
    text = _printed(Portrait(own), _report(parent, own))
    assert text.startswith("orders could not be compared\n")
    assert "parent\n  dbt at head: no such column\n" in text


def test_many_columns_are_all_shown_on_demand() -> None:
    """Who wants to see the types of equal columns could not."""
    drawn = _PAGES["diff_changed"][0]
    assert "\n equal_7 " not in _printed(drawn)
    assert "\n equal_7 " in _printed(drawn, asked=Asked("orders", is_verbose=True))


def test_hints_stand_only_where_they_help() -> None:
    """A page would tell each time of switches that are set, or of rows that nobody can turn on."""
    drawn = replace(_without_key(), rows_allowed=0)
    text = " ".join(_printed(drawn).split())
    assert "`samples: 5` in .proofbot.yml" in text
    assert "`--control` finds out" in text
    assert "`--control`" not in _printed(drawn, asked=Asked("orders", is_controlled=True))
    assert "samples" not in _printed(replace(drawn, rows_allowed=5))
    assert "samples" not in _printed(_PAGES["diff_equal"][0])


def test_a_terminal_without_unicode_gets_the_page_too() -> None:
    """A log in ASCII would end in a traceback instead of a table."""
    text = _printed(_PAGES["diff_changed"][0], encoding="ascii")
    assert "61,948 > 53,045, -8,903 (-14.4%)" in text
    assert "#######." in text


@pytest.mark.parametrize("hostile", [*HOSTILE, "[green]ok[/green]", "\x1b[2J\rPASS", "a\u202eb", "\x9b31m"])
def test_nothing_of_others_is_a_command_to_the_terminal(hostile: str) -> None:
    """A column's name or a value could colour a difference away, or rewrite the lines above it."""
    table = DiffTable(
        "Example rows",
        (TableColumn("row"), TableColumn(hostile, data=True)),
        (("changed", FromTo(hostile, f"{hostile}2")), ("added", hostile)),
    )
    column = ColumnPortrait(
        hostile, hostile, "DATE", was=hostile, changed=1, measures={"min": (hostile, "x"), "max": (hostile, hostile)}
    )
    told = replace(_orders(), name=hostile, path=hostile, reason=hostile)
    text = _printed(Portrait(told, (column, replace(column, left_out=hostile)), table, 3), width=200)
    assert not [sign for sign in text if not sign.isprintable() and sign != "\n"]
    if "[green]" in hostile:
        assert text.count("[green]ok[/green]") >= 6
