"""DuckDB's spelling: the common types in which values are compared. What they mean is tested with the engine."""

from __future__ import annotations

import duckdb
import pytest

from bot.core.sql import DuckDb, Term


def _ask(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(":memory:") as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("own", "other", "common"),
    [
        ("INTEGER", "INTEGER", "INTEGER"),
        ("INTEGER", "UBIGINT", "HUGEINT"),
        ("INTEGER", "BIGINT", "BIGINT"),
        ("DECIMAL(10,2)", "INTEGER", "DECIMAL(12,2)"),
        ("DECIMAL(10,2)", "DECIMAL(9,4)", "DECIMAL(12,4)"),
        ("DECIMAL(38,20)", "BIGINT", "VARCHAR"),
        ("FLOAT", "DOUBLE", "DOUBLE"),
        ("DOUBLE", "BIGINT", "VARCHAR"),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        ("DATE", "TIMESTAMP", "VARCHAR"),
        ("INTEGER[]", "BIGINT[]", "VARCHAR"),
        ("BOOLEAN", "INTEGER", "VARCHAR"),
    ],
)
def test_both_sides_are_lifted_to_one_type(own: str, other: str, common: str) -> None:
    """A value would be compared with one of another type, by whatever rounding the warehouse chooses."""
    dialect = DuckDb()
    assert dialect.lift('"x"', own, other).type == common
    assert dialect.lift('"x"', other, own).type == common
    sql = f"select typeof({dialect.lift('x', own, other).expression}) from (select null::{own} as x)"
    assert _ask(sql) == [(common,)]


@pytest.mark.parametrize(
    ("value", "own", "other", "text"),
    [
        ("'1e22'", "DOUBLE", "HUGEINT", "1" + "0" * 22),
        ("'-0.0'", "DOUBLE", "INTEGER", "0"),
        ("'nan'", "DOUBLE", "INTEGER", "nan"),
        ("'2e38'", "DOUBLE", "UHUGEINT", str(int(2e38))),
        ("'1e-5'", "DOUBLE", "DECIMAL(10,6)", "1e-05"),
        ("'0.00001'", "DECIMAL(10,6)", "DOUBLE", "1e-05"),
        ("'100.00'", "DECIMAL(10,2)", "DOUBLE", "100"),
        ("'0.12345678901234567890'", "DECIMAL(38,20)", "DOUBLE", "0.1234567890123456789"),
        ("'1.50'", "DECIMAL(38,20)", "DECIMAL(38,2)", "1.5"),
        ("'5881580-07-10'", "DATE", "TIMESTAMP", "5881580-07-10"),
        ("'2020-01-01'", "DATE", "TIMESTAMP", "2020-01-01 00:00:00"),
    ],
)
def test_a_number_or_a_moment_has_one_text(value: str, own: str, other: str, text: str) -> None:
    """Equal values of two types would be written differently, and every row be flagged."""
    expression = DuckDb().lift("x", own, other).expression
    assert _ask(f"select {expression} from (select {value}::{own} as x)") == [(text,)]


def test_a_hash_depends_on_its_salt_and_is_never_null() -> None:
    """Two hashes that collide together would make two different rows one."""
    dialect = DuckDb()
    hashes = [dialect.row_hash([Term("x", "VARCHAR")], salt) for salt in (0, 1)]
    ((first, second, none),) = _ask(
        f"select {hashes[0]}, {hashes[1]}, {dialect.row_hash([])} from (select null::VARCHAR as x)"
    )
    assert None not in (first, second, none)
    assert first != second


@pytest.mark.parametrize(
    ("terms", "values"),
    [
        ([Term("x", "BIGINT")], "(-9223372036854775807), (-1), (0), (9223372036854775807)"),
        ([Term("x", "UBIGINT")], "(0), (18446744073709551615)"),
        ([Term("x", "VARCHAR"), Term("x", "VARCHAR")], "('a'), ('')"),
    ],
)
def test_a_bucket_is_known_of_every_key(terms: list[Term], values: str) -> None:
    """A key at the end of its type would end the comparison, or be left out of it."""
    dialect = DuckDb()
    rows = f"(select cast(column0 as {terms[0].type}) as x from (values {values}) t(column0))"
    for number in (dialect.bucket(terms, 8), dialect.part(terms, 3), dialect.first_bits(dialect.row_hash(terms), 8)):
        assert (None,) not in _ask(f"select {number} from {rows}")
    assert {int(str(row[0])) for row in _ask(f"select {dialect.part(terms, 3)} from {rows}")} <= {0, 1, 2}


def test_integers_are_counted_by_bits() -> None:
    """A key that is repeated would pass for unique, or one that is not for repeated."""
    count = DuckDb().distinct_integers("x", -3, 12)
    assert _ask(f"select {count} from (values (-3), (12), (0), (0), (null)) t(x)") == [(3,)]
    assert _ask(f"select {count} from (values (1)) t(x) where x = 2") == [(0,)]
