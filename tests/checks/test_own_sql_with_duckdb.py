"""Queries, assertions and metrics, from their text to their finding, on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from bot.checks import assertion, metric, query
from bot.core.pairing import pair
from bot.core.queries import Reference, references, resolve
from bot.domain import Bound, Finding, FromTo, Key, KeySource, Outcome, Pair, Showing, Side
from tests.checks.stage import lead as converse
from tests.core.inquiries import lead
from tests.core.rig import connect, find

ORDERS = "id integer, country varchar, day date, amount decimal(18,2)"
BASE = """(1, 'de', '2024-01-05', 10.00), (2, 'de', '2024-02-05', 20.00), (3, null, '2024-02-06', 5.00),
    (4, 'fr', '2024-02-06', -1.00), (5, 'it', '2024-03-01', 7.00)"""
HEAD = """(1, 'de', '2024-01-05', 10.00), (2, 'de', '2024-02-05', 26.50), (3, null, '2024-02-06', 6.00),
    (4, 'fr', '2024-02-06', -1.00), (6, 'es', '2024-03-01', 7.00)"""
WHERE = ".proofbot.yml:3"


@pytest.fixture
def orders() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the orders of both sides."""
    with connect() as connection:
        for side, rows in (("base", BASE), ("head", HEAD)):
            connection.execute(f"create schema {side}; create table {side}.orders ({ORDERS})")
            connection.execute(f"insert into {side}.orders values {rows}")
        yield connection


def _keep(connection: duckdb.DuckDBPyConnection, sql: str, side: Side, name: str) -> None:
    def express(reference: Reference, of: Side) -> str:
        return f'"{of}"."{reference.name}"'

    assert references(sql, where=WHERE, dialect="duckdb")
    resolved = resolve(sql, express, side, where=WHERE, dialect="duckdb")
    connection.execute(f"create table {name} as {resolved}")


def _pair(
    connection: duckdb.DuckDBPyConnection, sql: str, options: query.Options | metric.Options, *, samples: int = 0
) -> Pair:
    for side in Side:
        _keep(connection, sql, side, f"kept_{side}")
    keys = [Key(options.key, KeySource.CONFIG)] if options.key else []
    sides = find(connection, "kept_base"), find(connection, "kept_head")
    return replace(pair("named", *sides, keys, None, options.comparison()), samples=samples)


def _query(connection: duckdb.DuckDBPyConnection, options: Mapping[str, object], *, samples: int = 0) -> Finding:
    read = query.Options.model_validate(options)
    made = _pair(connection, str(read.sql), read, samples=samples)
    return converse(query.check(made, read), lambda asked: lead(connection, made, asked).answers)[0]


def _metric(connection: duckdb.DuckDBPyConnection, options: Mapping[str, object], **showing: Showing) -> Finding:
    read = metric.Options.model_validate({"model": "orders", **options})
    made = _pair(connection, metric.to_sql(read), read)
    made = replace(made, showing={**dict.fromkeys(read.ours, Showing.HIDE), **showing})
    return converse(metric.check(made, read), lambda asked: lead(connection, made, asked).answers)[0]


def _assert(connection: duckdb.DuckDBPyConnection, sql: str, samples: int = 0) -> Finding:
    _keep(connection, sql, Side.HEAD, "kept")
    kept = find(connection, "kept")
    made = replace(pair("named", kept, kept, []), samples=samples)
    checked = assertion.check(made, assertion.Options(sql=sql))
    return converse(checked, lambda asked: lead(connection, made, asked).answers)[0]


def test_a_query_by_key(orders: duckdb.DuckDBPyConnection) -> None:
    """What a report of the project's own shows could change, and nobody be told."""
    sql = "select country, sum(amount) as revenue from {{ ref('orders') }} where country is not null group by all -- x"
    finding = _query(orders, {"sql": sql, "key": "Country"}, samples=5)
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == "1 row added, 1 removed, 1 changed, 1 unchanged"
    rows = finding.tables[1].rows
    assert ("changed", "de", FromTo("30.00", "36.50")) in rows
    assert {row[0] for row in rows} == {"changed", "added", "removed"}


def test_a_query_within_its_tolerance(orders: duckdb.DuckDBPyConnection) -> None:
    """A tolerance would be accepted and have no effect."""
    sql = "select id, amount from {{ ref('orders') }} where id < 4"
    finding = _query(orders, {"sql": sql, "key": "id", "tolerance": 1})
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == "0 rows added, 0 removed, 1 changed, 2 unchanged, 1 of them within the tolerance"
    orders.execute("drop table kept_base; drop table kept_head")
    wide = _query(orders, {"sql": sql, "key": "id", "tolerance": "25%", "fail": {"changed": 0}})
    assert (wide.outcome, wide.bound) == (Outcome.UNCHANGED, Bound.WITHIN)
    assert wide.message == "all 3 rows are equal, 2 of them within the tolerance"


def test_a_query_as_a_multiset(orders: duckdb.DuckDBPyConnection) -> None:
    """A query without a key could not be compared."""
    finding = _query(orders, {"sql": "select country from {{ ref('orders') }}", "fail": {"added": 1, "removed": 1}})
    assert (finding.message, finding.bound) == ("1 row added, 1 removed, 4 unchanged", Bound.WITHIN)


def test_a_query_against_base(orders: duckdb.DuckDBPyConnection) -> None:
    """Base would be compared with head where the query says that base is meant."""
    finding = _query(orders, {"sql": "select * from {{ base_ref('orders') }}", "key": "id"})
    assert finding.outcome is Outcome.UNCHANGED


def test_assertions_on_head_and_over_both_sides(orders: duckdb.DuckDBPyConnection) -> None:
    """What must never be would be looked for on the wrong side."""
    lost = "select * from {{ base_ref('orders') }} where id not in (select id from {{ ref('orders') }})"
    finding = _assert(orders, lost, samples=2)
    assert (finding.message, finding.bound) == ("1 row where none is allowed", Bound.FAIL)
    assert finding.tables[0].rows == (("5", "it", "2024-03-01", "7.00"),)
    orders.execute("drop table kept")
    holds = _assert(orders, "select * from {{ ref('orders') }} where country = 'it'")
    assert (holds.outcome, holds.bound) == (Outcome.UNCHANGED, Bound.WITHIN)


def _measured(finding: Finding, name: str) -> Any:
    measures = finding.measures["measures"]
    assert isinstance(measures, dict)
    return measures[name]


def test_a_metric_by_dimensions(orders: duckdb.DuckDBPyConnection) -> None:
    """Revenue by month and country could change, and nobody see where."""
    by = {"month": "date_trunc('month', day) -- of the order", "country": "country"}
    finding = _metric(orders, {"measures": {"revenue": "sum(amount)", "orders": "count(*)"}, "by": by})
    assert finding.message == "4 of 6 groups differ (1 added, 1 removed)"
    told = _measured(finding, "revenue")
    assert (told["changed"], told["up"], told["down"], told["up_percent"]) == (2, 6.5, 0, 32.5)
    assert _measured(finding, "orders")["changed"] == 0
    (table,) = finding.tables
    titles = [column.title for column in table.columns]
    assert titles == ["month", "country", "revenue", "Difference", "orders", "Difference"]
    rows = [(str(row[0])[:10], *row[1:]) for row in table.rows]
    assert rows[:2] == [
        ("2024-02-01", "de", FromTo(20, 26.5), 6.5, 1, 0),
        ("2024-02-01", None, FromTo(5, 6), 1, 1, 0),
    ]
    assert set(rows[2:]) == {
        ("2024-03-01", "it", FromTo(7, None), None, FromTo(1, None), None),
        ("2024-03-01", "es", FromTo(None, 7), None, FromTo(None, 1), None),
    }


@pytest.mark.parametrize(
    ("options", "bound"),
    [
        ({"where": "country = 'de'", "fail": "20%"}, Bound.FAIL),
        ({"where": "country = 'de'", "fail": "30%"}, Bound.WITHIN),
        ({"where": "country = 'de'", "warn": 6, "fail": 7}, Bound.WARN),
        ({"where": "country is null", "fail": 0.99}, Bound.FAIL),
        ({"where": "country is null", "fail": 1}, Bound.WITHIN),
        ({"fail": 1_000}, Bound.FAIL),
        ({"by": [], "fail": 7.5}, Bound.WITHIN),
        ({"by": [], "fail": 7.4}, Bound.FAIL),
        ({"where": "country = 'de'", "tolerance": 6.5, "fail": 0}, Bound.WITHIN),
    ],
)
def test_thresholds_of_a_metric(orders: duckdb.DuckDBPyConnection, options: dict[str, object], bound: Bound) -> None:
    """A group could go beyond what a project allows, and the gate stay open."""
    assert _metric(orders, {"value": "sum(amount)", "by": "country", **options}).bound is bound


@pytest.mark.parametrize("value", ["null::double", "'nan'::double", "'inf'::double"])
def test_a_measure_that_turns_into_no_number(orders: duckdb.DuckDBPyConnection, value: str) -> None:
    """A mean that cannot be computed any more would be within every threshold."""
    options = {"value": f"case when max(amount) > 26 then {value} else 1 end", "by": {"c": "country"}, "fail": 1_000}
    assert _metric(orders, {**options, "where": "country in ('de', 'fr')"}).bound is Bound.FAIL


def test_a_metric_of_equal_sides(orders: duckdb.DuckDBPyConnection) -> None:
    """A metric that did not change would close the gate."""
    finding = _metric(orders, {"value": "max(country)", "where": "country = 'de'"})
    assert (finding.outcome, finding.message) == (Outcome.UNCHANGED, "unchanged")


def test_the_order_of_rows_is_no_difference(orders: duckdb.DuckDBPyConnection) -> None:
    """The sum of a column of doubles would differ in its last digit, and close the gate for nothing."""
    orders.execute("create or replace table base.orders as select range as id, sin(range) as amount from range(5000)")
    orders.execute("create or replace table head.orders as select * from base.orders order by id desc")
    sums = {orders.execute(f"select sum(amount) from {side}.orders").fetchone() for side in Side}
    assert len(sums) == 2, "the order of these rows would show nothing"
    finding = _metric(orders, {"value": "sum(amount)", "fail": 0})
    assert (finding.outcome, finding.bound) == (Outcome.UNCHANGED, Bound.WITHIN)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value": "amount"}, "GROUP BY"),
        ({"value": "amount", "by": "country"}, "GROUP BY"),
        ({"value": "sum(amount)", "by": "contry"}, 'Referenced column "contry" not found'),
    ],
)
def test_what_is_no_aggregate_or_no_column_is_refused(
    orders: duckdb.DuckDBPyConnection, options: dict[str, object], words: str
) -> None:
    """A forgotten `sum` would compare all rows of the model, and a slip be called an alias."""
    with pytest.raises(duckdb.BinderException, match=words):
        _metric(orders, options)


def test_groups_that_may_not_be_shown(orders: duckdb.DuckDBPyConnection) -> None:
    """Names of people could be the groups of a metric, and stand in a comment."""
    finding = _metric(orders, {"value": "sum(amount)", "by": "country"}, country=Showing.HIDE)
    assert [column.title for column in finding.tables[0].columns] == ["value", "Difference"]
    assert "de" not in repr(finding.tables[0].rows)


def test_the_steps_of_a_measure_that_may_not_be_shown(orders: duckdb.DuckDBPyConnection) -> None:
    """How far somebody's salary rose would stand in a report that does not show the salary."""
    finding = _metric(orders, {"value": "sum(amount)", "by": "country"}, value=Showing.HIDE)
    assert finding.outcome is Outcome.CHANGED
    measures = finding.measures["measures"]
    assert isinstance(measures, dict)
    assert set(measures["value"]) == {"changed", "bound"}
