"""Frequencies, bins and distances of columns, against a naive oracle: plain Python over the values."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import BinCounts, Bins, Distance, Frequencies, Frequency, FrequencyTable, Question, Showing
from tests.core.inquiries import lead, make_pair_of
from tests.core.rig import connect, make_pair

_EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 40
# Types at base and at head with values of both, and what a value is ordered by and shown as.
_PAIRS: Sequence[tuple[str, str, Sequence[str], Callable[[str], Any], Callable[[str], str]]] = (
    ("INTEGER", "INTEGER", ("0", "1", "-1", "10", "9"), int, str),
    ("INTEGER", "BIGINT", ("0", "1", "-1", "10", "9"), int, str),
    ("INTEGER", "DECIMAL(9,1)", ("0", "1", "-1", "10", "9"), int, lambda text: f"{text}.0"),
    ("HUGEINT", "HUGEINT", ("0", "170141183460469231731687303715884105727", "-5"), int, str),
    ("DOUBLE", "DOUBLE", ("0.0", "0.5", "-1.5", "100.25"), float, str),
    ("VARCHAR", "VARCHAR", ("", "a", "A", "ä", "日本", "10", "9"), str, str),
    ("DATE", "DATE", ("2020-01-01", "2019-12-31", "2020-02-29"), str, str),
    (
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP WITH TIME ZONE",
        ("2020-01-01", "2020-02-01"),
        str,
        "{} 00:00:00+00".format,
    ),
    ("BOOLEAN", "BOOLEAN", ("true", "false"), str, str),
    ("INTEGER[]", "INTEGER[]", ("[]", "[1]", "[1, 2]"), len, str),
    ("STRUCT(a INTEGER)", "STRUCT(a INTEGER)", ("{'a': 1}", "{'a': 2}"), str, str),
    ("MAP(VARCHAR, INTEGER)", "MAP(VARCHAR, INTEGER)", ("{a=1}", "{a=2}"), str, str),
    ("JSON", "JSON", ('{"a": 1}', "1"), str, str),
    ("UUID", "UUID", ("00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000001"), str, str),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


def _expect_table(
    base: Sequence[str | None],
    head: Sequence[str | None],
    limit: int,
    order: Callable[[str], Any],
    show: Callable[[str], str],
) -> FrequencyTable:
    counts = {value: (base.count(value), head.count(value)) for value in {*base, *head}}

    def by(*sides: int) -> list[str | None]:
        return sorted(
            counts,
            key=lambda value: (
                -max(counts[value][side] for side in sides),
                value is not None,
                order(value) if value is not None else 0,
            ),
        )

    def told(values: Sequence[str | None]) -> tuple[Frequency, ...]:
        return tuple(Frequency(None if value is None else show(value), *counts[value]) for value in values)

    often = {value for side in (0, 1) for value in [v for v in by(side) if counts[v][side]][:limit]}
    new = [value for value in by(1) if not counts[value][0]]
    gone = [value for value in by(0) if not counts[value][1]]
    return FrequencyTable(
        told([value for value in by(0, 1) if value in often]),
        len(new),
        len(gone),
        told(new[:limit]),
        told(gone[:limit]),
    )


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_frequencies_are_what_a_naive_oracle_counts(connection: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    """A value that appeared or vanished would be missed, or told with a wrong count."""
    own, other, pool, order, show = data.draw(st.sampled_from(_PAIRS))
    values = st.lists(st.one_of(st.none(), st.sampled_from(pool)), max_size=12)
    base, head = data.draw(values), data.draw(values)
    limit = data.draw(st.integers(1, 3))
    of = make_pair_of(connection, [("a.b", own, other)], [[value] for value in base], [[value] for value in head])
    question = Frequencies("a.b", limit)
    assert lead(connection, of, [question]).answers[question] == _expect_table(base, head, limit, order, show)


_POINTS = st.lists(st.one_of(st.none(), st.integers(-8, 8).map(lambda eighth: Fraction(eighth, 4))), max_size=12)


def _texts(values: Sequence[Fraction | None]) -> list[list[str | None]]:
    return [[None if value is None else str(float(value))] for value in values]


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    base=_POINTS, head=_POINTS, edges=st.lists(st.integers(-9, 9), min_size=2, max_size=6, unique=True), data=st.data()
)
def test_bins_and_distances_are_what_a_naive_oracle_counts(
    connection: duckdb.DuckDBPyConnection,
    base: list[Fraction | None],
    head: list[Fraction | None],
    edges: list[int],
    data: st.DataObject,
) -> None:
    """A histogram would put a value into the wrong bin, a distribution seem to have moved or not."""
    types = st.sampled_from(("DOUBLE", "FLOAT", "DECIMAL(9,2)", "DECIMAL(38,10)"))
    of = make_pair_of(connection, [("x", data.draw(types), data.draw(types))], _texts(base), _texts(head))
    bins = Bins("x", tuple(edge / 4 for edge in sorted(edges)))
    answers = lead(connection, of, [bins, Distance("x")]).answers

    def count(values: Sequence[Fraction | None]) -> tuple[tuple[int, ...], int]:
        places: Counter[int] = Counter()
        for value in values:
            if value is not None and bins.edges[0] <= value <= bins.edges[-1]:
                places[min(sum(edge <= value for edge in bins.edges), len(edges) - 1) - 1] += 1
        inside = tuple(places[place] for place in range(len(edges) - 1))
        return inside, sum(value is not None for value in values) - sum(inside)

    (base_bins, base_outside), (head_bins, head_outside) = count(base), count(head)
    assert answers[bins] == BinCounts(base_bins, head_bins, base_outside, head_outside)
    sides = [[value for value in values if value is not None] for values in (base, head)]
    expected = None
    if all(sides):
        expected = max(
            abs(
                Fraction(sum(v <= at for v in sides[0]), len(sides[0]))
                - Fraction(sum(v <= at for v in sides[1]), len(sides[1]))
            )
            for at in {*sides[0], *sides[1]}
        )
    assert answers[Distance("x")] == (None if expected is None else float(expected))


# --- case by case -----------------------------------------------------------------------------------------------

_DAY = 24 * 60 * 60.0
_2020 = 50 * 365 * _DAY + 12 * _DAY


@pytest.mark.parametrize(
    ("type_name", "values", "edges", "counts", "outside"),
    [
        ("DATE", ("2020-01-01", "2020-01-02", "infinity", "5881580-07-10"), (_2020, _2020 + _DAY), (2,), 2),
        ("TIMESTAMP", ("2020-01-01 00:00:00.5", "2020-01-02 00:00:01"), (_2020, _2020 + 1, _2020 + _DAY), (1, 0), 1),
        ("TIMESTAMP WITH TIME ZONE", ("2020-01-01 02:00:00+02",), (_2020, _2020 + 1), (1,), 0),
        ("TIMESTAMP_NS", ("2020-01-01 00:00:00.000000001", "2019-12-31"), (_2020, _2020 + 1), (1,), 1),
        ("DOUBLE", ("nan", "inf", "-inf", "-0.0", "1"), (0.0, 0.5, 1.0), (1, 1), 3),
        ("DOUBLE", ("inf", "1"), (0.0, float("inf")), (2,), 0),
        ("FLOAT", ("0.1", "0.7"), (0.1, 0.7), (2,), 0),
        ("DECIMAL(18,2)", ("0.10", "0.29", "0.30"), (0.1, 0.3, 0.5), (2, 1), 0),
        ("UHUGEINT", ("340282366920938463463374607431768211455",), (0.0, 1e39), (1,), 0),
        ("BIGNUM", ("12345678901234567890123456789012345678901234567890",), (0.0, 1e39), (0,), 1),
    ],
)
def test_a_bin_holds_what_lies_between_its_edges(
    connection: duckdb.DuckDBPyConnection,
    type_name: str,
    values: Sequence[str],
    edges: tuple[float, ...],
    counts: tuple[int, ...],
    outside: int,
) -> None:
    """A date would fall into the bin of another day, NaN or infinity end the run."""
    rows = [[value] for value in (*values, None)]
    of = make_pair_of(connection, [("x", type_name, type_name)], rows, [])
    empty = (0,) * len(counts)
    assert lead(connection, of, [Bins("x", edges)]).answers == {Bins("x", edges): BinCounts(counts, empty, outside, 0)}


@pytest.mark.parametrize(
    ("own", "other", "base", "head", "distance"),
    [
        ("INTEGER", "DOUBLE", ("9", "10"), ("9.5",), 0.5),
        ("DATE", "TIMESTAMP", ("2020-01-09", "2020-01-10"), ("2020-01-09", "2020-01-09 12:00:00"), 0.5),
        ("DOUBLE", "DOUBLE", ("nan", "1"), ("1", "1"), 0.5),
        ("DOUBLE", "DOUBLE", ("-inf",), ("inf",), 1.0),
        ("DOUBLE", "DOUBLE", ("-0.0",), ("0.0",), 0.0),
        ("BIGINT", "BIGINT", ("9007199254740992",), ("9007199254740993",), 1.0),
        ("BIGINT", "BIGINT", (), ("1",), None),
    ],
)
def test_a_distance_is_exact_in_the_order_of_values(
    connection: duckdb.DuckDBPyConnection,
    own: str,
    other: str,
    base: Sequence[str],
    head: Sequence[str],
    distance: float | None,
) -> None:
    """Numbers of two types would be ordered as texts, 10 before 9."""
    of = make_pair_of(connection, [("x", own, other)], [[value] for value in base], [[value] for value in head])
    assert lead(connection, of, [Distance("x")]).answers == {Distance("x"): distance}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Frequencies("old", 3), "can't be compared"),
        (Bins("n", (0.0, 1.0)), "does not hold numbers"),
        (Bins("m", (0.0, 1.0)), "does not hold numbers"),
        (Distance("n"), "does not hold numbers"),
        (Bins("i", (1.0,)), "do not ascend"),
        (Bins("i", (1.0, 1.0)), "do not ascend"),
        (Bins("i", (0.0, float("nan"))), "do not ascend"),
    ],
)
def test_a_question_without_an_answer_is_refused(
    connection: duckdb.DuckDBPyConnection, question: Question, words: str
) -> None:
    """A number would be made up, or the warehouse fail with words that nobody understands."""
    of = make_pair(connection, "select 'a' as n, 1 as i, 1 as m, 2 as old", "select 'a' as n, 1 as i, 'x' as m")
    with pytest.raises(ValueError, match=words):
        lead(connection, of, [question])


def test_a_kind_of_question_costs_one_statement(connection: duckdb.DuckDBPyConnection) -> None:
    """Each column of a model would cost scans of its own."""
    query = "select " + ", ".join(f"i % {place + 2} as c{place}" for place in range(20)) + " from range(50) r(i)"
    of = make_pair(connection, query, query)
    names = [f"c{place}" for place in range(20)]
    frequencies = [Frequencies(name, 5) for name in names]
    assert len(lead(connection, of, frequencies).asked) == 1
    assert len(lead(connection, of, [Bins(name, (0.0, 1.0, 2.0)) for name in names]).asked) == 1
    assert len(lead(connection, of, [Distance(name) for name in names]).asked) == 1


@pytest.mark.parametrize("showing", [Showing.MASK, Showing.HASH, Showing.HIDE])
def test_values_that_may_not_be_seen_stay_in_the_warehouse(
    connection: duckdb.DuckDBPyConnection, showing: Showing
) -> None:
    """Personal data would come to the machine that runs the bot."""
    of = make_pair(
        connection,
        "select unnest(['secret-a', 'secret-a', 'secret-b', null]) as v",
        "select unnest(['secret-a', 'secret-c']) as v",
    )
    led = lead(connection, replace(of, showing={"v": showing}), [Frequencies("v", 5)], salt="s")
    assert "secret" not in str(led.seen)
    told = led.answers[Frequencies("v", 5)]
    assert isinstance(told, FrequencyTable)
    assert (told.appeared, told.vanished) == (1, 2)
    (row,) = connection.execute(
        "select [left(md5('s' || v), 8) for v in ['secret-a', 'secret-b', 'secret-c']]"
    ).fetchall()
    a, b, c = row[0] if showing is Showing.HASH else ["•••"] * 3
    counts = [] if showing is Showing.HIDE else [(a, 2, 1), (None, 1, 0), (b, 1, 0), (c, 0, 1)]
    assert [(frequency.value, frequency.base, frequency.head) for frequency in told.top] == counts
