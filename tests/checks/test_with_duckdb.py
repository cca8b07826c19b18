"""The whole way of a check: options become a pair and questions, DuckDB answers, a finding tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from bot.checks import keys, schema, values
from bot.core import verdict
from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.scopes import condition
from bot.core.sql import DuckDb
from bot.domain import Answers, Finding, FromTo, Grade, Key, KeySource, Outcome, Pair, Question, Showing, Table
from tests.checks.stage import lead
from tests.core.rig import connect, find, quote

NOW = datetime(2026, 3, 31, tzinfo=UTC)
CONNECTION = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def connection() -> Iterator[CONNECTION]:
    """A DuckDB in memory."""
    with connect() as connected:
        yield connected


def _make(connection: CONNECTION, base: str, head: str, options: values.Options, key: Sequence[str] = ("id",)) -> Pair:
    """The pair of two queries under some options of `values`."""
    tables = []
    for name, query in (("base_side", base), ("head_side", head)):
        connection.execute(f"create or replace table {name} as {query}")
        table = find(connection, name)
        where = condition(options, table, quote, NOW)
        assert not where or isinstance(where, str)
        if where:
            table = Table(table.name, f"(select * from {name} where {where})", table.columns, stored=False)
        tables.append(table)
    declared = [Key(tuple(key), KeySource.META)] if key else []
    return pair("model.shop.t", tables[0], tables[1], declared, {}, options.comparison())


def _ask(connection: CONNECTION, of: Pair, asked: Collection[Question]) -> Answers:
    inquiry = inquire(of, asked, DuckDb())
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send([tuple(row) for row in connection.execute(statement.sql).fetchall()])
    except StopIteration as stop:
        answers: Answers = stop.value
        return answers


def _values(connection: CONNECTION, base: str, head: str, options: Mapping[str, Any], **more: Any) -> Finding:
    read = values.Options.model_validate(options)
    of = replace(_make(connection, base, head, read, more.pop("key", ("id",))), **more)
    return verdict.grade(lead(values.check(of, read), lambda asked: _ask(connection, of, asked))[0])


TABLE = """
    select * from (values
        (1, 'one', 1.00::decimal(9,2), 0.1::double, timestamp '2026-01-01 00:00:00', 10),
        (2, 'two', 2.00, 0.2, timestamp '2026-02-01 00:00:00', 20),
        (3, 'three', 3.00, 0.3, timestamp '2026-03-31 00:00:00', 30)
    ) t(id, name, amount, score, seen_at, n)
"""


def _with(change: str) -> str:
    return f"select * replace ({change}) from ({TABLE})"


CASES: list[tuple[str, str, Mapping[str, Any], Outcome, Mapping[str, int]]] = [
    # of each option: what happens without it, and with it
    ("nothing changed", TABLE, {}, Outcome.UNCHANGED, {}),
    ("a name changed", _with("upper(name) as name"), {}, Outcome.CHANGED, {"name": 3}),
    ("include another", _with("upper(name) as name"), {"include": "amount"}, Outcome.UNCHANGED, {}),
    ("include it", _with("upper(name) as name"), {"include": ["n*"]}, Outcome.CHANGED, {"name": 3}),
    ("exclude it", _with("upper(name) as name"), {"exclude": "NAM?"}, Outcome.UNCHANGED, {}),
    ("exclude another", _with("upper(name) as name"), {"exclude": ["amount"]}, Outcome.CHANGED, {"name": 3}),
    ("ignore case", _with("upper(name) as name"), {"ignore_case": True}, Outcome.UNCHANGED, {}),
    ("ignore case there", _with("upper(name) as name"), {"ignore_case": ["name"]}, Outcome.UNCHANGED, {}),
    ("ignore spaces", _with("name || '  ' as name"), {"ignore_trailing_spaces": True}, Outcome.UNCHANGED, {}),
    ("ignore spaces there", _with("name || ' ' as name"), {"ignore_trailing_spaces": "name"}, Outcome.UNCHANGED, {}),
    ("spaces matter", _with("name || ' ' as name"), {"ignore_case": True}, Outcome.CHANGED, {"name": 3}),
    (
        "spaces before matter",
        _with("' ' || name as name"),
        {"ignore_trailing_spaces": True},
        Outcome.CHANGED,
        {"name": 3},
    ),
    ("a cent", _with("amount + 0.01 as amount"), {}, Outcome.CHANGED, {"amount": 3}),
    ("a cent allowed", _with("amount + 0.01 as amount"), {"tolerance": 0.01}, Outcome.UNCHANGED, {}),
    ("two cents", _with("amount + 0.02 as amount"), {"tolerance": 0.01}, Outcome.CHANGED, {"amount": 3}),
    ("a percent allowed", _with("amount * 1.01 as amount"), {"tolerance": "1%"}, Outcome.UNCHANGED, {}),
    ("two percent", _with("n * 1.02 as n"), {"tolerance": {"relative": 0.01}}, Outcome.CHANGED, {"n": 3}),
    ("by column", _with("n + 1 as n"), {"tolerance": {"columns": {"n": 1}}}, Outcome.UNCHANGED, {}),
    ("by other column", _with("n + 1 as n"), {"tolerance": {"columns": {"amount": 1}}}, Outcome.CHANGED, {"n": 3}),
    ("by type", _with("score + 1e-12 as score"), {"tolerance": {"types": {"float": 1e-9}}}, Outcome.UNCHANGED, {}),
    ("by other type", _with("n + 1 as n"), {"tolerance": {"types": {"float": 9}}}, Outcome.CHANGED, {"n": 3}),
    (
        "moments",
        _with("seen_at + interval 1 second as seen_at"),
        {"tolerance": {"types": {"timestamp": 1}}},
        Outcome.UNCHANGED,
        {},
    ),
    (
        "numbers only",
        _with("seen_at + interval 1 second as seen_at"),
        {"tolerance": 1},
        Outcome.CHANGED,
        {"seen_at": 3},
    ),
    ("exact", _with("n + 1 as n"), {"exact": True}, Outcome.CHANGED, {"n": 3}),
    ("exact and equal", TABLE, {"exact": True}, Outcome.UNCHANGED, {}),
    (
        "renamed",
        f"select * exclude (n), n + (id = 1)::int as m from ({TABLE})",
        {"rename": {"n": "m"}},
        Outcome.CHANGED,
        {"m": 1},
    ),
    ("where", _with("n + (id = 1)::int as n"), {"where": "id > 1 or id is null"}, Outcome.UNCHANGED, {}),
    ("elsewhere", _with("n + (id = 1)::int as n"), {"where": "id < 3"}, Outcome.CHANGED, {"n": 1}),
    (
        "window from",
        _with("n + (id = 1)::int as n"),
        {"window": {"column": "seen_at", "from": "2026-01-02"}},
        Outcome.UNCHANGED,
        {},
    ),
    (
        "window to",
        _with("n + (id = 2)::int as n"),
        {"window": {"column": "SEEN_AT", "to": "2026-02-01"}},
        Outcome.UNCHANGED,
        {},
    ),
    (
        "window last",
        _with("n + (id < 3)::int as n"),
        {"window": {"column": "seen_at", "last": "60 days"}},
        Outcome.CHANGED,
        {"n": 1},
    ),
]


@pytest.mark.parametrize(
    ("head", "options", "outcome", "changed"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_options_change_what_is_compared(
    connection: CONNECTION, head: str, options: Mapping[str, Any], outcome: Outcome, changed: Mapping[str, int]
) -> None:
    """An option would be read, documented, and have no effect on what is compared."""
    found = _values(connection, TABLE, head, options)
    assert found.outcome is outcome, found.message
    columns = found.measures["columns"]
    assert isinstance(columns, dict)
    assert {name: one["changed"] for name, one in columns.items() if one["changed"]} == changed
    assert found.grade is (Grade.PASS if outcome is Outcome.UNCHANGED else Grade.FAIL)


def test_what_is_tolerated_is_counted(connection: CONNECTION) -> None:
    """A reader could not tell rows that are equal from rows that are nearly so."""
    found = _values(connection, TABLE, _with("amount + 0.01 * (id < 3)::int as amount"), {"tolerance": 0.01})
    assert found.message == "all 3 rows are equal, 2 of them within the tolerance"


def test_changes_lie_in_periods(connection: CONNECTION) -> None:
    """A reader could not tell in which months something changed."""
    head = f"select * replace (n + (id = 1)::int as n) from ({TABLE}) where id < 3"
    found = _values(connection, TABLE, head, {"by_period": {"column": "seen_at", "period": "month"}})
    assert found.tables[-1].rows == (("2026-01", 0, 0, 1), ("2026-03", 0, 1, 0))
    quarters = _values(connection, TABLE, head, {"by_period": {"column": "seen_at", "period": "quarter"}})
    assert quarters.tables[-1].rows == (("2026-01-01", 0, 1, 1),)


def test_steps_and_examples(connection: CONNECTION) -> None:
    """A reader would see that numbers changed, and neither by how much nor in which rows."""
    found = _values(connection, TABLE, _with("n + 5 * (id - 2) as n"), {"steps": True}, samples=1)
    steps, examples = found.tables
    assert steps.rows == (("n", 2, 33.3333, 5.0, -5.0),)
    assert examples.rows[0][:2] == ("changed", "1")
    assert FromTo("10", "5") in examples.rows[0]
    assert examples.left_out == 1
    masked = _values(
        connection, TABLE, _with("n + 5 * (id - 2) as n"), {"steps": True}, samples=1, showing={"n": Showing.HIDE}
    )
    assert not any(FromTo("10", "5") in row for table in masked.tables for row in table.rows)


def test_without_a_key(connection: CONNECTION) -> None:
    """The options would work for models with a key alone."""
    options = {"ignore_case": True, "exclude": "n", "by_period": {"column": "seen_at"}}
    head = _with("upper(name) as name, n + 1 as n, amount + (id = 3)::int as amount")
    found = _values(connection, TABLE, head, options, key=(), samples=2)
    assert found.message.startswith("1 added, 1 removed, 2 unchanged")
    assert [table.title for table in found.tables] == ["Example rows", "Changes by month"]
    assert found.tables[1].rows == (("2026-03", 1, 1, 0),)


def test_new_duplicates(connection: CONNECTION) -> None:
    """A reader would know that a join fans out, and not for which keys."""
    of = replace(
        _make(connection, TABLE, f"({TABLE}) union all select * from ({TABLE}) where id = 2", values.Options()),
        samples=3,
    )
    found, _ = lead(keys.check(of, keys.Options()), lambda asked: _ask(connection, of, asked))
    assert found.tables[0].rows == (("2", 1, 2),)
    assert verdict.grade(found).grade is Grade.FAIL


@pytest.mark.parametrize("key", [("id",), ()])
@pytest.mark.parametrize(
    ("head", "likely"),
    [
        (f"select * exclude (name), name as title from ({TABLE})", {("name", "title")}),
        (f"select * exclude (name), upper(name) as title from ({TABLE})", set()),
        (
            f"select * exclude (name, amount), amount as price, name as title from ({TABLE})",
            {("name", "title"), ("amount", "price")},
        ),
    ],
)
def test_likely_renamings(connection: CONNECTION, key: Sequence[str], head: str, likely: set[tuple[str, str]]) -> None:
    """A reviewer would see a column lost and another gained, and could not tell that it is one."""
    of = _make(connection, TABLE, head, values.Options(), key)
    found, rounds = lead(schema.check(of, schema.Options()), lambda asked: _ask(connection, of, asked))
    told = found.measures["likely_renamed"]
    assert isinstance(told, list)
    assert {(one["base"], one["head"]) for one in told} == likely
    assert len(rounds) == 1
