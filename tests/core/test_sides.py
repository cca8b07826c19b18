"""What is asked of each side by itself, against a naive oracle: plain Python over the texts of the values."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.kinds import Kind, kind_of
from bot.domain import (
    Aggregate,
    Answer,
    Example,
    Examples,
    FirstRows,
    Measure,
    Pair,
    Question,
    RowCount,
    RowKind,
    Showing,
    Side,
)
from tests.core.inquiries import POOLS, lead, make_pair_of
from tests.core.rig import connect, make_pair

_EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 80
_SHARES = (0.0, 0.25, 0.5, 0.9, 1.0)
_NESTED = ("INTEGER[]", "STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)")
_ALL = [measure for measure in Measure if measure not in (Measure.QUANTILE, Measure.CHECKSUM)]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


def _every(column: str) -> list[Question]:
    return [
        *(Aggregate(Side.HEAD, column, measure) for measure in (*_ALL, Measure.CHECKSUM)),
        *(Aggregate(Side.HEAD, column, Measure.QUANTILE, share) for share in _SHARES),
    ]


# --- the oracle -------------------------------------------------------------------------------------------------


def _number(text: str, type_name: str) -> Fraction | float:
    """The number a text stands for, as the column holds it."""
    if text in ("nan", "inf", "-inf"):
        return float(text)
    if type_name == "DOUBLE":
        return Fraction(float(text))
    if type_name == "FLOAT":
        import ctypes

        return Fraction(ctypes.c_float(float(text)).value)
    return Fraction(text)


def _sorted(numbers: Sequence[Fraction | float]) -> list[Fraction | float]:
    """NaN is the greatest, as in DuckDB."""
    return sorted(numbers, key=lambda number: (math.isnan(number), 0 if math.isnan(number) else number))


def _special(number: Fraction | float) -> str | Fraction:
    if isinstance(number, Fraction):
        return number
    return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")


def _assert_near(answer: Answer, number: Fraction | float, what: str) -> None:
    expected = _special(number)
    if isinstance(expected, str):
        assert answer == expected, what
        return
    assert isinstance(answer, int | float | str), what
    assert math.isclose(float(answer), float(expected), rel_tol=1e-9, abs_tol=1e-12), (what, answer, expected)


def _assert_exact(answer: Answer, number: Fraction | float, what: str) -> None:
    expected = _special(number)
    if isinstance(expected, str):
        assert answer == expected, what
        return
    assert isinstance(answer, int | float | str), what
    assert Fraction(str(answer)) == expected, (what, answer, expected)


def _assert_within(answer: Answer, number: Fraction, distance: Fraction) -> None:
    assert isinstance(answer, int | float), answer
    assert abs(Fraction(answer) - number) <= distance, (answer, number)


def _check_numbers(answers: Mapping[Question, Answer], column: str, type_name: str, texts: Sequence[str]) -> None:
    def told(measure: Measure, at: float | None = None) -> Answer:
        return answers[Aggregate(Side.HEAD, column, measure, at)]

    numbers = _sorted([_number(text, type_name) for text in texts])
    if not numbers:
        assert [told(m) for m in (Measure.MIN, Measure.MAX, Measure.SUM, Measure.MEAN, Measure.STDDEV)] == [None] * 5
        assert told(Measure.QUANTILE, 0.5) is None
        return
    is_float = type_name in ("FLOAT", "DOUBLE")
    exactly = _assert_near if is_float else _assert_exact
    # These two are told as they are written: the FLOAT 0.1 is 0.1, not the double next to it.
    written = _sorted([_number(text, "DOUBLE" if is_float else type_name) for text in texts])
    exactly(told(Measure.MIN), written[0], "min")
    exactly(told(Measure.MAX), written[-1], "max")
    finite = [number for number in numbers if isinstance(number, Fraction)]
    if len(finite) < len(numbers):
        total = sum(number for number in numbers if isinstance(number, float))
        exactly(told(Measure.SUM), total, "sum")
        assert told(Measure.STDDEV) is None
        return
    magnitude, whole = sum(map(abs, finite), Fraction(0)), sum(finite, Fraction(0))
    if magnitude < 10**308:
        if is_float:
            _assert_within(told(Measure.SUM), whole, magnitude / 10**12)
        else:
            _assert_exact(told(Measure.SUM), whole, "sum")
        _assert_within(told(Measure.MEAN), whole / len(finite), magnitude / 10**12)
    if len(finite) < 2 or (is_float and max(map(abs, finite)) > 1e140):
        assert told(Measure.STDDEV) is None
    else:
        stddev = told(Measure.STDDEV)
        assert isinstance(stddev, float)
        greatest = float(max(map(abs, finite)))
        assert math.isclose(stddev, statistics.stdev(map(float, finite)), rel_tol=1e-6, abs_tol=1e-7 * greatest)
    for share in _SHARES:
        place = share * (len(finite) - 1)
        low, high = finite[math.floor(place)], finite[math.ceil(place)]
        if max(abs(low), abs(high)) < 10**307:
            expected = low + (high - low) * (Fraction(place) - math.floor(place))
            answer = told(Measure.QUANTILE, share)
            assert isinstance(answer, float)
            assert math.isclose(answer, expected, rel_tol=1e-9, abs_tol=1e-9 * float(max(abs(low), abs(high))))


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(type_name=st.sampled_from(sorted(POOLS)), data=st.data())
def test_every_measure_is_what_a_naive_oracle_says(
    connection: duckdb.DuckDBPyConnection, type_name: str, data: st.DataObject
) -> None:
    """A number of the profile could be wrong, or one strange value could end the whole run."""
    rows = data.draw(st.lists(st.one_of(st.none(), st.sampled_from(POOLS[type_name])), max_size=8))
    of = make_pair_of(connection, [("x y", type_name, type_name)], [], [[row] for row in rows])
    answers = lead(connection, of, _every("x y")).answers
    texts = [row[0] for row in connection.execute('select "x y"::VARCHAR from head_rows').fetchall()]
    values = [text for text in texts if text is not None]

    def told(measure: Measure) -> Answer:
        return answers[Aggregate(Side.HEAD, "x y", measure)]

    kind = kind_of(type_name)
    assert told(Measure.NULLS) == len(texts) - len(values)
    assert told(Measure.DISTINCT) == len({"0.0" if text == "-0.0" else text for text in values})
    assert (told(Measure.CHECKSUM) is None) is (not values)
    if kind is Kind.NUMBER:
        _check_numbers(answers, "x y", type_name, values)
    else:
        assert [told(measure) for measure in (Measure.SUM, Measure.MEAN, Measure.STDDEV)] == [None] * 3
    lengths = [len(value) for value in values]
    expected = (
        (min(lengths), max(lengths), sum(lengths) / len(lengths)) if lengths and kind is Kind.TEXT else (None,) * 3
    )
    assert (told(Measure.MIN_LENGTH), told(Measure.MAX_LENGTH), told(Measure.MEAN_LENGTH)) == expected
    assert told(Measure.TRUE) == (values.count("true") if kind is Kind.BOOLEAN else None)
    ends = (told(Measure.MIN), told(Measure.MAX))
    if type_name in _NESTED or not values:
        assert ends == (None, None)
    elif kind in (Kind.TEXT, Kind.BOOLEAN) or type_name in ("UUID", "TIME", "BLOB"):
        assert ends == (min(values), max(values))
    elif kind is not Kind.NUMBER:
        assert set(ends) <= set(values)


# --- case by case -----------------------------------------------------------------------------------------------


def _ask(connection: duckdb.DuckDBPyConnection, of: Pair, *questions: Question) -> list[Answer]:
    answers = lead(connection, of, questions).answers
    return [answers[question] for question in questions]


@pytest.mark.parametrize(
    ("values", "measure", "expected"),
    [
        ("'1e200'::DOUBLE, 1", Measure.STDDEV, None),
        ("'nan'::DOUBLE, 1", Measure.MEAN, "NaN"),
        ("'inf'::DOUBLE, 1", Measure.MAX, "Infinity"),
        ("'-inf'::DOUBLE, 1", Measure.SUM, "-Infinity"),
        ("0.1::FLOAT, 0.1::FLOAT", Measure.MIN, 0.1),
        (", ".join(["0.1::DOUBLE"] * 10), Measure.SUM, 1.0),
        (", ".join(["0.1::DOUBLE"] * 10), Measure.MEAN, 0.1),
        ("1.10::DECIMAL(9,2), 2.20", Measure.SUM, 3.3),
        ("'0.12345678901234567890'::DECIMAL(38,20), 0", Measure.MAX, "0.12345678901234567890"),
        ("9223372036854775807::BIGINT, 1", Measure.SUM, 2**63),
        ("'170141183460469231731687303715884105727'::HUGEINT, 1", Measure.SUM, 2**127),
        ("date '2020-03-01', date '2019-12-31'", Measure.MIN, "2019-12-31"),
        ("true, false", Measure.MEAN, None),
    ],
)
def test_an_aggregate_has_one_form(
    connection: duckdb.DuckDBPyConnection, values: str, measure: Measure, expected: object
) -> None:
    """A great decimal would be rounded, NaN would differ from itself, one overflow would end the run."""
    query = f"select unnest([{values}]) as x"
    of = make_pair(connection, query, query)
    for side in Side:
        (told,) = _ask(connection, of, Aggregate(side, "x", measure))
        assert told == expected
        assert type(told) is type(expected)


def test_a_checksum_tells_contents_and_not_their_order(connection: duckdb.DuckDBPyConnection) -> None:
    """A renamed column would not be found, or another be taken for it."""
    of = make_pair(
        connection,
        "select i as a, i % 3 as b, i % 3 as c from range(100) r(i)",
        "select 99 - i as a, i % 3 as b, case when i = 5 then null else i % 3 end as c from range(100) r(i)",
    )
    sums = {
        (side, name): _ask(connection, of, Aggregate(side, name, Measure.CHECKSUM))[0]
        for side in Side
        for name in "abc"
    }
    assert [sums[Side.BASE, name] == sums[Side.HEAD, name] for name in "abc"] == [True, True, False]
    assert sums[Side.BASE, "b"] == sums[Side.BASE, "c"]


def test_all_aggregates_of_all_columns_are_one_statement(connection: duckdb.DuckDBPyConnection) -> None:
    """A profile would cost a scan for each column and measure."""
    query = "select " + ", ".join(f"i + {place} as c{place}" for place in range(60)) + " from range(10) r(i)"
    of = make_pair(connection, query, query)
    questions: list[Question] = [RowCount(Side.BASE), RowCount(Side.HEAD)]
    for side in Side:
        for place in range(60):
            questions += [Aggregate(side, f"c{place}", measure) for measure in (Measure.SUM, Measure.DISTINCT)]
            questions += [Aggregate(side, f"c{place}", Measure.QUANTILE, share) for share in (0.25, 0.5)]
    led = lead(connection, of, questions)
    assert len(led.asked) == 1
    assert led.answers[RowCount(Side.BASE)] == 10
    assert led.answers[Aggregate(Side.HEAD, "c59", Measure.SUM)] == sum(range(59, 69))
    assert led.answers[Aggregate(Side.BASE, "c1", Measure.QUANTILE, 0.25)] == 3.25


def test_a_column_is_known_by_the_name_at_head(connection: duckdb.DuckDBPyConnection) -> None:
    """A column whose name changed its case would be missed at base, and one that only base has at all."""
    of = make_pair(connection, "select 1 as Total, 5 as old", "select 2 as total, 6 as new")
    questions = (Aggregate(Side.BASE, "total", Measure.MAX), Aggregate(Side.HEAD, "total", Measure.MAX))
    assert _ask(connection, of, *questions, Aggregate(Side.BASE, "old", Measure.MAX)) == [1, 2, 5]


def test_first_rows_are_in_the_order_of_all_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """An assertion would show other rows on every run, or the wrong ones."""
    of = make_pair(
        connection,
        "select 1 as id, null::INTEGER[] as v",
        "select * from (values (3, 'c', [1]), (1, 'b', [2]), (null, 'z', null), (1, 'a', [])) t(id, n, v)",
    )
    answers = _ask(connection, of, FirstRows(Side.HEAD, 3), FirstRows(Side.BASE, 5))
    rows = ((None, "z", None), ("1", "a", "[]"), ("1", "b", "[2]"))
    assert answers == [
        Examples(("id", "n", "v"), tuple(Example(RowKind.ADDED, None, row) for row in rows)),
        Examples(("id", "v"), (Example(RowKind.REMOVED, ("1", None), None),)),
    ]


def test_what_may_not_be_seen_stays_in_the_warehouse(connection: duckdb.DuckDBPyConnection) -> None:
    """Personal data would come to the machine that runs the bot, and from there into a log or comment."""
    query = "select 7 as id, 'secret-a' as a, 'secret-b' as b, 'secret-c' as c, 4711.5 as d"
    of = make_pair(connection, query, query, ["id"])
    showing = {"a": Showing.MASK, "b": Showing.HASH, "c": Showing.HIDE, "d": Showing.MASK}
    of = replace(of, showing=showing)
    ends = [Aggregate(Side.HEAD, name, measure) for name in "abcd" for measure in (Measure.MIN, Measure.MAX)]
    first = FirstRows(Side.HEAD, 1)
    led = lead(connection, of, [first, *ends, Aggregate(Side.HEAD, "d", Measure.QUANTILE, 0.5)], salt="s")
    assert "secret" not in str(led.seen)
    assert "4711" not in str(led.seen)
    (digest,) = connection.execute("select md5('ssecret-b')[1:8]").fetchone() or ("",)
    shown = ("7", "•••", digest, "•••")
    assert led.answers[first] == Examples(("id", "a", "b", "d"), (Example(RowKind.ADDED, None, shown),))
    assert [led.answers[question] for question in ends] == ["•••"] * 2 + [digest] * 2 + [None] * 2 + ["•••"] * 2
