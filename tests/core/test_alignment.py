"""The engine, case by case: what a reader of the numbers would be told."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
import sqlglot
from sqlglot import expressions

from bot.core.alignment import align
from bot.core.sql import DuckDb
from bot.domain import (
    Answers,
    ColumnChanges,
    KeyCounts,
    KeyFacts,
    Question,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
)
from tests.core.rig import ask, connect, everything, make_pair


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


def _rows(answers: Answers) -> RowCounts:
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    return rows


def _changed(answers: Answers) -> dict[str, object]:
    """The columns that changed, with their counts."""
    return {q.column: n for q, n in answers.items() if isinstance(q, ColumnChanges) and n}


def test_rows_and_columns_are_counted(connection: duckdb.DuckDBPyConnection) -> None:
    """The numbers of the comment would be wrong in the simplest case."""
    of = make_pair(
        connection,
        "select i as id, i % 3 as v, 'x' || i as n from range(100) r(i)",
        "select i as id, case when i in (5, 6) then 9 else i % 3 end as v, "
        "case when i = 6 then null else 'x' || i end as n from range(2, 110) r(i)",
        ["id"],
    )
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers) == RowCounts(100, 108, added=10, removed=2, changed=2, unchanged=96)
    assert _changed(answers) == {"v": 2, "n": 1}
    assert answers[KeyFacts(Side.HEAD)] == KeyCounts(0, 0, 0)


@pytest.mark.parametrize("key", [["id"], []])
def test_what_is_equal_costs_two_statements(connection: duckdb.DuckDBPyConnection, key: list[str]) -> None:
    """The common case of CI, nothing changed, would cost several scans."""
    query = "select i as id, i % 7 as v from range(1000) r(i)"
    of = make_pair(connection, query, f"{query} order by hash(i)", key)
    answers, asked = ask(connection, of, everything(of))
    assert _rows(answers).unchanged == 1000
    assert len(asked) == 2


def test_a_difference_costs_the_same_however_wide(connection: duckdb.DuckDBPyConnection) -> None:
    """A model with hundreds of columns would take hundreds of scans, or be refused."""
    wide = ", ".join(f"i + {number} as c{number}" for number in range(300))
    of = make_pair(
        connection,
        f"select {wide} from range(50) r(i)",
        f"select * replace (case when c0 = 3 then -1 else c299 end as c299) from (select {wide} from range(50) r(i))",
        ["c0"],
    )
    answers, asked = ask(connection, of, everything(of))
    assert _changed(answers) == {"c299": 1}
    assert len(asked) == 6


def test_composite_keys_are_tuples(connection: duckdb.DuckDBPyConnection) -> None:
    """('a-b', 'c') and ('a', 'b-c') would be one key."""
    of = make_pair(connection, "select 'a-b' as x, 'c' as y, 1 as v", "select 'a' as x, 'b-c' as y, 1 as v", ["x", "y"])
    assert _rows(ask(connection, of, [RowChanges()])[0]) == RowCounts(1, 1, added=1, removed=1, changed=0, unchanged=0)


def test_null_keys_are_no_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows without a key would be lined up with each other at random, or lost."""
    of = make_pair(
        connection,
        "select * from (values (null, 1), (null, 1), (null, 2), (1, 1)) t(id, v)",
        "select * from (values (null, 1), (null, 2), (null, 3), (1, 9)) t(id, v)",
        ["id"],
    )
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers) == RowCounts(4, 4, added=1, removed=1, changed=1, unchanged=2, unkeyed=6)
    assert answers[KeyFacts(Side.BASE)] == KeyCounts(null_rows=3, duplicate_keys=0, duplicate_rows=0)


@pytest.mark.parametrize("repeated_at", list(Side))
def test_a_key_repeated_on_one_side_spoils_only_its_own_rows(
    connection: duckdb.DuckDBPyConnection, repeated_at: Side
) -> None:
    """One duplicate would multiply rows, or end the comparison of the whole model."""
    once = "select * from (values (1, 'a'), (2, 'b'), (3, 'c')) t(id, v)"
    twice = f"select id, case when id = 3 then 'd' else v end as v from ({once}) union all select 1, 'z'"
    queries = (twice, once) if repeated_at is Side.BASE else (once, twice)
    answers, _ = ask(connection, (of := make_pair(connection, *queries, ["id"])), everything(of))
    rows = _rows(answers)
    assert (rows.changed, rows.unchanged, rows.unkeyed) == (1, 2, 3)
    assert rows.added + rows.removed == 1
    assert answers[KeyFacts(repeated_at)] == KeyCounts(0, duplicate_keys=1, duplicate_rows=2)


def test_a_key_repeated_only_among_removed_rows_is_seen(connection: duckdb.DuckDBPyConnection) -> None:
    """A base whose key does not hold would be reported as good, because the join never meets those rows."""
    of = make_pair(
        connection,
        "select * from (values (1, 'a'), (2, 'b'), (2, 'c')) t(id, v)",
        "select * from (values (1, 'a')) t(id, v)",
        ["id"],
    )
    answers, _ = ask(connection, of, everything(of))
    assert answers[KeyFacts(Side.BASE)] == KeyCounts(0, duplicate_keys=1, duplicate_rows=2)
    assert _rows(answers) == RowCounts(3, 1, added=0, removed=2, changed=0, unchanged=1, unkeyed=2)


def test_a_key_that_is_nearly_constant_does_not_explode(connection: duckdb.DuckDBPyConnection) -> None:
    """A key declared by mistake would join every row with every row and never end."""
    of = make_pair(
        connection,
        "select 'same' as id, i as v from range(200000) r(i)",
        "select 'same' as id, i as v from range(1, 200001) r(i)",
        ["id"],
    )
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers) == RowCounts(200000, 200000, 1, 1, 0, 199999, unkeyed=400000)


def test_without_a_key_rows_are_a_multiset(connection: duckdb.DuckDBPyConnection) -> None:
    """A row that occurs three times instead of once would pass for unchanged; a checksum by exclusive or misses it."""
    of = make_pair(
        connection,
        "select * from (values (1), (2), (2), (2)) t(v)",
        "select * from (values (1), (1), (1), (2)) t(v)",
    )
    assert _rows(ask(connection, of, [RowChanges()])[0]) == RowCounts(4, 4, added=2, removed=2, changed=0, unchanged=2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("null::int[]", "[]::int[]"),
        ("[]::int[]", "[null]::int[]"),
        ("[[1], [2]]", "[[1, 2]]"),
        ("null::struct(a int)", "{'a': null::int}"),
        ("0::hugeint", "18446744073709551617::hugeint"),
        ("0::decimal(38, 0)", "18446744073709551617::decimal(38, 0)"),
        ("union_value(a := 1)::union(a int, b int)", "union_value(b := 1)::union(a int, b int)"),
        ("interval 1 month", "interval 1 day"),
        ("''", "null"),
        ("'a'", "'a '"),
        ("0.3::double", "0.1::double + 0.2::double"),
        ("timestamp '2020-01-01'", "timestamp '2020-01-01 00:00:00.000001'"),
    ],
)
@pytest.mark.parametrize("key", [["id"], []])
def test_small_differences_are_seen(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, key: list[str]
) -> None:
    """DuckDB's own hash is the same for null, [] and [null]: such a change would pass for none."""
    of = make_pair(connection, f"select 1 as id, {before} as v", f"select 1 as id, {after} as v", key)
    rows = _rows(ask(connection, of, [RowChanges()])[0])
    assert (rows.unchanged, rows.changed + rows.added) == (0, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'nan'::double", "'nan'::double"),
        ("-0.0::double", "0.0::double"),
        ("[-0.0::double]", "[0.0::double]"),
        ("1::int", "1::bigint"),
        ("1::int", "1.00::decimal(10, 2)"),
        ("1::int", "1::double"),
        ("0.10::decimal(10, 2)", "0.1::double"),
        ("1::int", "'1'"),
        ("interval 1 month", "interval 30 days"),
        ("date '2020-01-01'", "timestamp '2020-01-01'"),
        ("timestamp '2020-01-01'", "timestamptz '2020-01-01 02:00:00+02'"),
        ("[1]::int[]", "[1]::bigint[]"),
        ("'a'::enum('a', 'b')", "'a'::enum('b', 'a')"),
    ],
)
@pytest.mark.parametrize("key", [["id"], []])
def test_equal_values_are_equal_whatever_their_type(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, key: list[str]
) -> None:
    """Every row would be flagged after a change of type that changed no value."""
    of = make_pair(connection, f"select 1 as id, {before} as v", f"select 1 as id, {after} as v", key)
    assert _rows(ask(connection, of, [RowChanges()])[0]).unchanged == 1


def test_integers_beyond_a_double_are_not_rounded(connection: duckdb.DuckDBPyConnection) -> None:
    """An identifier that lost its last digit by becoming a double would pass for unchanged."""
    of = make_pair(
        connection, "select 1 as id, 9007199254740993 as v", "select 1 as id, 9007199254740993::double as v", ["id"]
    )
    assert _rows(ask(connection, of, [RowChanges()])[0]).changed == 1


def test_a_relation_may_be_only_its_key(connection: duckdb.DuckDBPyConnection) -> None:
    """A bridge table of nothing but keys would crash the run."""
    of = make_pair(connection, "select i as id from range(5) r(i)", "select i as id from range(1, 7) r(i)", ["id"])
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers) == RowCounts(5, 6, added=2, removed=1, changed=0, unchanged=4)


def test_no_rows_at_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Two empty tables would crash the run, since a sum over nothing is null."""
    empty = "select 1 as id, 2 as v where false"
    of = make_pair(connection, empty, empty, ["id"])
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers) == RowCounts(0, 0, 0, 0, 0, 0)
    assert answers[KeyFacts(Side.BASE)] == KeyCounts(0, 0, 0)


def test_sides_that_share_no_column_are_counted(connection: duckdb.DuckDBPyConnection) -> None:
    """A model whose every column was renamed would crash the run."""
    of = make_pair(connection, "select 1 as a from range(3)", "select 1 as b from range(5)", ["a"])
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers) == RowCounts(3, 5, added=2, removed=0, changed=0, unchanged=3)


def test_a_column_left_out_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """A column that holds the time of the run would make every row a changed one."""
    of = make_pair(
        connection,
        "select 1 as id, 1 as v, 'early' as loaded_at",
        "select 1 as id, 1 as v, 'late' as loaded_at",
        ["id"],
        LOADED_AT="differs between any two runs",
    )
    assert _rows(ask(connection, of, [RowChanges()])[0]).unchanged == 1


HOSTILE = (
    "select",
    "Total $",
    'say "hi"',
    "a.b",
    "x y",
    "'); drop table t; --",
    "Ümläut",
    "c0",
    "found",
    "sign",
    "%s {x}",
)


@pytest.mark.parametrize("key", [list(HOSTILE[:3]), []])
def test_names_may_be_anything(connection: duckdb.DuckDBPyConnection, key: list[str]) -> None:
    """A name with a quote would break, or rewrite, what is asked; every statement must stay one of ours."""
    columns = ", ".join('{} as "{}"'.format("i", name.replace('"', '""')) for name in HOSTILE)
    last = HOSTILE[-1]
    of = make_pair(
        connection,
        f"select {columns} from range(9) r(i) union all select {columns} from range(2) r(i)",
        f'select * replace (case when "select" = 4 then 0 else "{last}" end as "{last}") '
        f"from (select {columns} from range(9) r(i))",
        key,
    )
    answers, asked = ask(connection, of, everything(of))
    assert _rows(answers).head == 9
    if key:
        assert _changed(answers) == {last: 1}
    for sql in asked:
        (tree,) = sqlglot.parse(sql, dialect="duckdb")
        assert isinstance(tree, expressions.Select | expressions.Create | expressions.Drop)


def test_only_what_is_asked_is_answered(connection: duckdb.DuckDBPyConnection) -> None:
    """A check that asks only for a count would pay for a whole comparison."""
    of = make_pair(connection, "select 1 as id, 1 as v", "select 2 as id, 1 as v", ["id"])
    questions: list[Question] = [RowCount(Side.HEAD), KeyFacts(Side.HEAD)]
    answers, asked = ask(connection, of, questions)
    assert answers == {RowCount(Side.HEAD): 1, KeyFacts(Side.HEAD): KeyCounts(0, 0, 0)}
    assert not any("base_side" in sql for sql in asked)
    assert ask(connection, of, []) == ({}, [])


def test_questions_without_an_answer_are_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """A check with a mistake would be told 0 differences."""
    of = make_pair(connection, "select 1 as v", "select 2 as v")
    for question in (KeyFacts(Side.BASE), ColumnChanges("v")):
        with pytest.raises(ValueError, match="has no key"):
            next(align(of, [question], DuckDb()))
    keyed = make_pair(connection, "select 1 as id, 1 as v", "select 1 as id, 1 as w", ["id"])
    with pytest.raises(ValueError, match="not compared"):
        next(align(keyed, [ColumnChanges("w")], DuckDb()))


def test_nothing_is_left_behind_and_an_inquiry_can_be_given_up(connection: duckdb.DuckDBPyConnection) -> None:
    """A statement that failed would spoil the next model's comparison with what it left."""
    of = make_pair(connection, "select 1 as id, 1 as v", "select 1 as id, 2 as v", ["id"])
    given_up = align(of, [RowChanges()], DuckDb())
    statement = next(given_up)
    statement = given_up.send(connection.execute(statement.sql).fetchall())
    connection.execute(statement.sql)
    given_up.close()
    answers, _ = ask(connection, of, everything(of))
    assert _rows(answers).changed == 1
    assert connection.execute("select count(*) from duckdb_tables() where temporary").fetchall() == [(0,)]
