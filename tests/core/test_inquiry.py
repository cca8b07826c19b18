"""All questions about a pair together."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from bot.domain import (
    Aggregate,
    Bins,
    ColumnChanges,
    Distance,
    ExampleRows,
    Extent,
    FirstRows,
    Frequencies,
    KeyFacts,
    Likeness,
    Measure,
    Period,
    PeriodChanges,
    Question,
    RepeatedKeys,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
)
from tests.core.inquiries import lead
from tests.core.rig import connect, make_pair

_QUESTIONS: tuple[Question, ...] = (
    RowCount(Side.BASE),
    KeyFacts(Side.HEAD),
    Aggregate(Side.HEAD, 'to "t"', Measure.SUM),
    FirstRows(Side.BASE, 1),
    Frequencies("select", 3),
    Bins('to "t"', (0.0, 50.0, 100.0)),
    Distance('to "t"'),
    RowChanges(),
    ColumnChanges('to "t"'),
    Extent('to "t"'),
    Likeness("select", "select"),
    ExampleRows(2),
    PeriodChanges("d t", Period.MONTH),
    RepeatedKeys(2),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


@pytest.mark.parametrize("left_out", [None, *_QUESTIONS], ids=lambda question: type(question).__name__)
def test_each_question_is_answered_alone_as_with_others(
    connection: duckdb.DuckDBPyConnection, left_out: Question | None
) -> None:
    """What one check asks would change what another one is told."""
    rows = (
        'select i as "i.d", i % 7 as "to ""t""", \'x\' || i % 3 as "select", date \'2020-01-01\' + i::INTEGER as "d t" '
    )
    of = make_pair(
        connection,
        f"{rows} from range(60) r(i)",
        f"{rows} from range(5, 70) r(i) union all {rows} from range(2, 9) r(i)",
        ["i.d"],
    )
    alone = {question: lead(connection, of, [question]).answers[question] for question in [left_out or RowChanges()]}
    together = lead(connection, of, _QUESTIONS).answers
    for question, answer in alone.items():
        assert together[question] == answer


def test_nothing_asked_costs_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """A check without questions would cost a scan."""
    query = "select 1 as id"
    assert lead(connection, make_pair(connection, query, query, ["id"]), []).asked == []


@pytest.mark.parametrize("questions", [[RowCount(Side.HEAD), FirstRows(Side.HEAD, 5)], [ExampleRows(3)]])
def test_empty_tables_have_answers(connection: duckdb.DuckDBPyConnection, questions: list[Question]) -> None:
    """A model without rows would be an error."""
    query = "select 1 as id, 'a' as n where false"
    lead(connection, make_pair(connection, query, query, ["id"]), questions)


def test_sides_without_a_shared_column_have_answers(connection: duckdb.DuckDBPyConnection) -> None:
    """A model whose columns were all renamed would be an error."""
    of = make_pair(connection, "select 1 as a", "select 2 as b from range(3)")
    answers = lead(connection, of, [RowChanges(), ExampleRows(3), Aggregate(Side.BASE, "a", Measure.MAX)]).answers
    assert answers[RowChanges()] == RowCounts(1, 3, added=2, removed=0, changed=0, unchanged=1)
    assert answers[Aggregate(Side.BASE, "a", Measure.MAX)] == 1


def test_a_column_that_a_side_has_not_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """The warehouse would fail with words that nobody understands."""
    of = make_pair(connection, "select 1 as a", "select 1 as a, 2 as b")
    with pytest.raises(ValueError, match=r"base of .* has no column b"):
        lead(connection, of, [Aggregate(Side.BASE, "b", Measure.MAX)])
    with pytest.raises(ValueError, match="needs `at`"):
        lead(connection, of, [Aggregate(Side.BASE, "a", Measure.QUANTILE)])
