"""Assertions, by feeding the conversation answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.checks.assertion import Options, check
from bot.domain import (
    Answer,
    Bound,
    Example,
    Examples,
    Finding,
    FirstRows,
    Outcome,
    Question,
    RowCount,
    RowKind,
    Side,
)
from tests.checks.stage import converse, make

SQL = {"sql": "select * from {{ ref('orders') }} where amount < 0"}
FIRST = Examples(("id", "v"), (Example(RowKind.ADDED, None, ("1", "x")), Example(RowKind.ADDED, None, ("2", None))))


def _assert(rows: object, options: Mapping[str, object] | None = None, samples: int = 0) -> Finding:
    answers: dict[Question, Answer] = {FirstRows(Side.HEAD, 2): FIRST}
    answers[RowCount(Side.HEAD)] = rows  # type: ignore[assignment]
    pair = replace(make({"id": "INTEGER", "v": "VARCHAR"}, key=()), samples=samples)
    finding, rounds = converse(check(pair, Options.model_validate({**SQL, **(options or {})})), answers)
    assert rounds == [[RowCount(Side.HEAD), *([FirstRows(Side.HEAD, 2)] if samples else [])]]
    return finding


@pytest.mark.parametrize(
    ("options", "rows", "bound", "message"),
    [
        ({}, 0, Bound.WITHIN, "no rows"),
        ({}, 1, Bound.FAIL, "1 row where none is allowed"),
        ({"severity": "fail"}, 3, Bound.FAIL, "3 rows where none is allowed"),
        ({"severity": "warn"}, 3, Bound.WARN, "3 rows where none is allowed"),
        ({"severity": "warn"}, 0, Bound.WITHIN, "no rows"),
        ({"max_rows": 3}, 3, Bound.WITHIN, "3 rows where 3 are allowed"),
        ({"max_rows": 2}, 3, Bound.FAIL, "3 rows where 2 are allowed"),
    ],
)
def test_rows_that_must_not_be(options: dict[str, object], rows: int, bound: Bound, message: str) -> None:
    """What must never be could be, and the gate stay open."""
    finding = _assert(rows, options)
    assert (finding.bound, finding.message) == (bound, message)
    assert finding.outcome is (Outcome.CHANGED if rows else Outcome.UNCHANGED)
    assert finding.measures == {"rows": rows, "max_rows": options.get("max_rows", 0)}
    assert finding.tables == ()


def test_first_rows_are_shown_where_samples_are() -> None:
    """A reader would have to run the query to see what is wrong; or see data where nobody allowed that."""
    (table,) = _assert(5, samples=2).tables
    assert [column.title for column in table.columns] == ["id", "v"]
    assert (table.rows, table.left_out) == ((("1", "x"), ("2", None)), 3)


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    """A broken engine would be reported as an assertion that holds."""
    with pytest.raises(TypeError):
        _assert("nonsense")


@pytest.mark.parametrize(
    "options",
    [{"severity": "error"}, {"max_rows": -1}, {"max_rows": "2"}, {"file": "a.sql"}, {"sql": None}, {"key": "id"}],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """A slip in the configuration would silently change what an assertion does."""
    with pytest.raises(ValidationError):
        Options.model_validate({**SQL, **options})
