"""All questions about a pair together."""

from __future__ import annotations

import os
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.kinds import Kind, kind_of
from bot.domain import (
    Aggregate,
    Bins,
    ColumnChanges,
    Distance,
    ExampleRows,
    Examples,
    Extent,
    FirstRows,
    Frequencies,
    KeyFacts,
    Likeness,
    Measure,
    Pair,
    Period,
    PeriodChanges,
    PeriodCounts,
    Question,
    RepeatedKeys,
    RowChanges,
    RowCount,
    RowCounts,
    RowKind,
    Side,
)
from tests.core.inquiries import POOLS, lead, make_pair_of
from tests.core.rig import connect, make_pair

_EXAMPLES = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 30
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


_TYPES = st.sampled_from(sorted(POOLS))
_COLUMNS = st.lists(st.tuples(_TYPES, st.one_of(st.none(), _TYPES)), min_size=1, max_size=4)


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(types=_COLUMNS, data=st.data())
def test_every_question_is_answered_whatever_the_types_and_values(
    connection: duckdb.DuckDBPyConnection, types: list[tuple[str, str | None]], data: st.DataObject
) -> None:
    """One strange value, or a column of another type than before, would end the whole run."""
    columns = [(f"c{place}", own, other or own) for place, (own, other) in enumerate(types)]
    row = st.tuples(*(st.one_of(st.none(), st.sampled_from([*POOLS[own], *POOLS[other]])) for _, own, other in columns))
    base, head = data.draw(st.lists(row, max_size=6)), data.draw(st.lists(row, max_size=4))
    head += base[: data.draw(st.integers(0, 6))]
    key = data.draw(st.lists(st.sampled_from([name for name, *_ in columns]), max_size=2, unique=True))
    of = make_pair_of(connection, columns, base, head, key)
    answers = lead(connection, of, _everything(of)).answers
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    for question, answer in answers.items():
        if isinstance(answer, Examples) and isinstance(question, ExampleRows):
            kinds = [example.kind for example in answer.rows]
            assert kinds.count(RowKind.CHANGED) == min(question.limit, rows.changed)
            assert (RowKind.ADDED in kinds, RowKind.REMOVED in kinds) == (rows.added > 0, rows.removed > 0)
            assert all((example.kind is RowKind.CHANGED) == bool(example.changed) for example in answer.rows)
        if isinstance(question, PeriodChanges):
            assert isinstance(answer, tuple)
            periods = [period for period in answer if isinstance(period, PeriodCounts)]
            counts = [sum(getattr(period, kind) for period in periods) for kind in ("added", "removed", "changed")]
            assert counts == [rows.added, rows.removed, rows.changed]


def _everything(of: Pair) -> list[Question]:
    """All questions that have an answer for a pair, of every kind."""
    questions: list[Question] = [RowChanges(), ExampleRows(3), *(FirstRows(side, 2) for side in Side)]
    for pairing in of.shared:
        name = pairing.head.name
        kinds = {kind_of(pairing.base.type), kind_of(pairing.head.type)}
        for side in Side:
            questions += [Aggregate(side, name, measure) for measure in Measure if measure is not Measure.QUANTILE]
            questions.append(Aggregate(side, name, Measure.QUANTILE, 0.3))
        questions.append(Frequencies(name, 2))
        if kinds in ({Kind.NUMBER}, {Kind.MOMENT}):
            questions += [Distance(name), Bins(name, (-1.0, 0.0, 1e9, float("inf")))]
        if kinds == {Kind.MOMENT}:
            questions.append(PeriodChanges(name, Period.WEEK))
        if kinds == {Kind.NUMBER}:
            questions += [ExampleRows(2, name), *([Extent(name)] if of.key else [])]
        if of.key:
            questions += [Likeness(name, other.head.name) for other in of.shared]
    return [*questions, *([RepeatedKeys(2)] if of.key else [])]


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
