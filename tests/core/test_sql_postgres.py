"""Tests of the Postgres dialect against a real Postgres: hashes, plans, and what no random table shows."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from bot.core.alignment import align
from bot.core.inquiry import inquire
from bot.core.kinds import Kind, kind_of
from bot.core.sampling import sampled
from bot.core.sql import Dialect
from bot.core.sql_types import Term
from bot.domain import Answers, Measure, Pair, RowChanges, RowCounts
from tests.core.postgres_rig import DIALECT, connect, lead, make_pair, run
from tests.core.rig import everything

_ROWS = (
    "select i::bigint as id, i % 7 as n, (i * 1.5)::numeric(18,2) as amount, 'customer ' || i % 100 as name, "
    "timestamp '2020-01-01' + i * interval '1 minute' as at, case when i % 3 = 0 then null else i % 2 = 0 end as flag "
    "from generate_series(1, 20000) i"
)


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    """One session of Postgres."""
    with connect() as opened:
        yield opened


def _hash(connection: psycopg.Connection, *values: tuple[str, str], salt: int = 0) -> object:
    terms = [Term(f"('{value}'::{kind})" if value else f"null::{kind}", kind) for value, kind in values]
    return run(connection, f"select {DIALECT.row_hash(terms, salt)}")[0][0]


def test_it_is_a_dialect() -> None:
    """A method that the engine needs could be missing, and nobody would know before it is asked."""
    dialect: Dialect = DIALECT
    assert dialect.position is None
    assert dialect.quote('say "hi"') == '"say ""hi"""'


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("1", "-1", "numeric"),
        ("NaN", "-1", "numeric(18,2)"),
        ("0", "4294967297", "bigint"),
        ("-1", "0", "bigint"),
        ("2000-01-01", "2000-01-01 01:11:34.967297", "timestamp without time zone"),
        ("infinity", "-infinity", "timestamp with time zone"),
        ("a", "A", "text"),
    ],
)
def test_values_that_differ_have_other_hashes(connection: psycopg.Connection, left: str, right: str, kind: str) -> None:
    """Postgres' own hashes are the same for some of these: a changed sign would go unseen."""
    assert _hash(connection, (left, kind)) != _hash(connection, (right, kind))


def test_null_is_no_empty_text(connection: psycopg.Connection) -> None:
    """A text that was emptied would go unseen."""
    empty = DIALECT.row_hash([Term("''::text", "text")])
    assert run(connection, f"select {empty}")[0][0] != _hash(connection, ("", "text"))


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [("0", "-0.0", "double precision"), ("0", "-0", "real"), ("1.0", "1.00", "numeric"), ("nan", "NaN", "real")],
)
def test_equal_values_have_one_hash(connection: psycopg.Connection, left: str, right: str, kind: str) -> None:
    """Rows would be read in full, or a key be taken for two, because of how a number is written."""
    assert _hash(connection, (left, kind)) == _hash(connection, (right, kind))


def test_columns_that_are_exchanged_have_another_hash(connection: psycopg.Connection) -> None:
    """Two columns that were mixed up would go unseen."""
    one, other = ("1", "bigint"), ("2", "bigint")
    assert _hash(connection, one, other) != _hash(connection, other, one)
    assert _hash(connection, ("", "bigint"), one) != _hash(connection, one, ("", "bigint"))
    assert _hash(connection, one, one) != _hash(connection, other, other)
    assert _hash(connection, one) != _hash(connection, one, salt=1)


@pytest.mark.parametrize("key", [("id",), ()])
def test_sides_are_joined_by_hash(connection: psycopg.Connection, key: tuple[str, ...]) -> None:
    """A nested loop over two tables of a million rows takes hours."""
    head = f"select id, n + (id % 1000 = 1)::int as n, amount, name, at, flag from ({_ROWS}) r where id <> 5"
    of = make_pair(connection, _ROWS, head, key)
    run(connection, "analyze")
    plans, answers = _plans(connection, of)
    assert "Nested Loop" not in "\n".join(plan for plan in plans.values() if "full" in plan.lower())
    assert not key or any("Hash Full Join" in plan for plan in plans.values())
    counted = answers[RowChanges()]
    assert isinstance(counted, RowCounts)
    assert counted.head == 19_999


def test_postgres_knows_that_few_rows_are_left_to_compare(connection: psycopg.Connection) -> None:
    """Not knowing, it joins both whole tables for the sake of a few changed rows, where the key is of texts."""
    rows = f"select 'region ' || id % 50 as region, 'order-' || id as code, n from ({_ROWS}) r"
    head = f"select region, code, n + (code = 'order-7')::int as n from ({rows}) q"
    of = make_pair(connection, rows, head, ("region", "code"))
    run(connection, "analyze")
    plans, answers = _plans(connection, of)
    counted = answers[RowChanges()]
    assert isinstance(counted, RowCounts)
    assert counted.changed == 1
    lines = plans["compare candidates column by column"].splitlines()
    estimated = [line for line in lines if "Scan" in line and "proofbot_candidates" in line]
    assert estimated
    assert all(" rows=1 " in line for line in estimated)


def _plans(connection: psycopg.Connection, of: Pair) -> tuple[dict[str, str], Answers]:
    """Of all that is asked to compare a pair, by purpose; and the answers."""
    plans: dict[str, str] = {}
    inquiry = align(of, everything(of), DIALECT)
    statement = next(inquiry)
    try:
        while True:
            for query in statement.sql.split("; "):
                if not query.startswith(("drop ", "analyze ")):
                    found = run(connection, f"explain {query}")
                    plans[statement.purpose] = "\n".join(str(row[0]) for row in found)
            statement = inquiry.send(run(connection, statement.sql))
    except StopIteration as stop:
        answers: Answers = stop.value
        return plans, answers


def test_a_sample_is_a_table_with_a_name_and_without(connection: psycopg.Connection) -> None:
    """Postgres before 16 refuses a query after `from` that has no name: no sample could be compared."""
    of = sampled(make_pair(connection, _ROWS, _ROWS, ("id",)), 0.1, DIALECT)
    answers, _ = lead(connection, inquire(of, [RowChanges()], DIALECT))
    assert 1_700 < answers[RowChanges()].head < 2_300
    assert answers[RowChanges()].unchanged == answers[RowChanges()].head
    assert len(run(connection, f"select 1 from {of.base.expression} t where t.id > 0")) == answers[RowChanges()].base


@pytest.mark.parametrize(
    ("values", "kind", "measure", "expected"),
    [
        (("1e308", "1e308"), "double precision", Measure.SUM, float("inf")),
        (("1e308", "1e308", "-1e308"), "double precision", Measure.SUM, 1e308),
        (("Infinity", "-Infinity"), "real", Measure.SUM, "nan"),
        (("9223372036854775807", "1"), "bigint", Measure.SUM, "9223372036854775808"),
        (("0.1",), "real", Measure.MIN, "0.1"),
        (("true", "false"), "boolean", Measure.MAX, "true"),
        (("1e308", "-1e308"), "double precision", Measure.STDDEV, None),
        (("(1,2)", "(1,2)"), "point", Measure.DISTINCT, 1),
    ],
)
def test_aggregates_never_fail(
    connection: psycopg.Connection, values: tuple[str, ...], kind: str, measure: Measure, expected: object
) -> None:
    """Postgres fails where a float overflows: one such value would cost the whole profile."""
    rows = " union all ".join(f"select '{value}'::{kind} as v" for value in values)
    told = run(connection, f"select {DIALECT.aggregate(measure, 'v', kind)} from ({rows}) r")[0][0]
    assert (str(told) if expected == "nan" else told) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [("1e308", "1", float("inf")), ("1e-320", "1e300", 0), ("1", "4", 25), ("-Infinity", "1", float("-inf"))],
)
def test_a_percentage_never_fails(connection: psycopg.Connection, part: str, whole: str, expected: float) -> None:
    """One great change would cost the whole answer."""
    sql = DIALECT.percent(f"'{part}'::double precision", f"'{whole}'::double precision")
    assert run(connection, f"select {sql}") == [(expected,)]
    apart = DIALECT.apart(f"'{part}'::double precision", f"'{whole}'::double precision")
    run(connection, f"select {apart}")


def test_texts_are_constants_whatever_is_in_them(connection: psycopg.Connection) -> None:
    """A salt with a quote or a backslash would end the statement."""
    for text in ("'", "\\'", "\\", "a''b"):
        assert run(connection, f"select {DIALECT.literal(text)}") == [(text,)]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("191.0000000000000000", "numeric", "191"),
        ("-72.2500000000000000", "numeric", "-72.25"),
        ("47.2727272727272727", "numeric", "47.2727272727272727"),
        ("0.00", "numeric", "0"),
        ("100", "numeric", "100"),
        ("100.010", "numeric", "100.01"),
        ("NaN", "numeric", "NaN"),
        ("10.50", "numeric(10,2)", "10.50"),
        ("1.50", "text", "1.50"),
    ],
)
def test_zeros_that_a_division_adds_are_not_shown(
    connection: psycopg.Connection, value: str, kind: str, expected: str
) -> None:
    """A reviewer would read 191.0000000000000000 in each row; or lose digits of a price, or of a text."""
    sql = DIALECT.text(f"'{value}'::{kind}", kind)
    assert run(connection, f"select {sql}") == [(expected,)]


def test_upper_and_lower_case_are_folded(connection: psycopg.Connection) -> None:
    """`fold_case` would do nothing on Postgres, or change other columns."""
    term = DIALECT.fold(Term("'Ab '::text", "text"), ("text", "text"), case=True, trim=True)
    assert run(connection, f"select {term.expression}") == [("ab",)]
    number = Term("1", "integer")
    assert DIALECT.fold(number, ("integer", "integer"), case=True, trim=True) is number


def test_kinds_of_postgres_types() -> None:
    """A number that is taken for a text has no range and no sum."""
    assert kind_of("timestamp(3) without time zone") is Kind.MOMENT
    assert kind_of("character varying(20)") is Kind.TEXT
    assert kind_of("numeric(18,2)[]") is Kind.OTHER
