"""What the names of types say."""

from __future__ import annotations

import pytest

from bot.core.types import TypeChange, change, means

WIDER = [
    ("INTEGER", "BIGINT"),
    ("int", "int8"),
    ("smallint", "integer"),
    ("UTINYINT", "SMALLINT"),
    ("BIGINT", "HUGEINT"),
    ("VARCHAR(10)", "VARCHAR(20)"),
    ("character varying(10)", "text"),
    ("varchar(10)", "VARCHAR(16777216)"),
    ("DECIMAL(9,2)", "DECIMAL(10,2)"),
    ("NUMBER(9,2)", "NUMBER(11,4)"),
    ("numeric(9,2)", "numeric"),
    ("INTEGER", "DECIMAL(12,2)"),
    ("integer", "numeric"),
    ("DECIMAL(9,0)", "INTEGER"),
    ("FLOAT", "DOUBLE"),
    ("real", "double precision"),
    ("INTEGER", "DOUBLE"),
    ("SMALLINT", "FLOAT"),
    ("DATE", "TIMESTAMP"),
    ("TIMESTAMP_S", "TIMESTAMP"),
    ("timestamp(3)", "timestamp(6)"),
    ("ENUM('a', 'b')", "VARCHAR"),
    ("TIME(0)", "TIME(9)"),
    ("TIMESTAMP_NTZ(3)", "TIMESTAMP_NTZ(9)"),
    ("VARCHAR(10) COLLATE 'en-ci'", "VARCHAR(16777216)"),
]
NEITHER = [
    ("INTEGER", "VARCHAR"),
    ("INTEGER", "UINTEGER"),
    ("DECIMAL(10,2)", "DECIMAL(10,4)"),
    ("BIGINT", "DOUBLE"),
    ("DECIMAL(9,2)", "DOUBLE"),
    ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    ("TIMESTAMP", "TIMESTAMP_NS"),
    ("DATE", "TIMESTAMP WITH TIME ZONE"),
    ("BOOLEAN", "INTEGER"),
    ("INTEGER[]", "BIGINT[]"),
    ("STRUCT(a INTEGER)", "STRUCT(a BIGINT)"),
    ("ENUM('a')", "VARCHAR(3)"),
    ("JSON", "VARCHAR"),
]


@pytest.mark.parametrize(("narrow", "wide"), WIDER)
def test_a_wider_type_holds_every_value(narrow: str, wide: str) -> None:
    """A type that loses digits would be called harmless, or a harmless one a loss."""
    assert change(narrow, wide) is TypeChange.WIDENED
    assert change(wide, narrow) is TypeChange.NARROWED


@pytest.mark.parametrize(("one", "other"), NEITHER)
def test_types_that_hold_other_values_are_neither(one: str, other: str) -> None:
    """A change that may lose something would be allowed as a widening."""
    assert change(one, other) is TypeChange.OTHER
    assert change(other, one) is TypeChange.OTHER


@pytest.mark.parametrize(
    ("declared", "actual", "same"),
    [
        ("int", "INTEGER", True),
        ("Integer", "BIGINT", False),
        ("int", "NUMBER(38,0)", True),
        ("int", "NUMBER(38,2)", False),
        ("byteint", "NUMBER(38,0)", True),
        ("time", "TIME(9)", True),
        ("time(3)", "TIME(9)", False),
        ("timestamp_tz", "TIMESTAMP_TZ(9)", True),
        ("timestamp", "TIMESTAMP_NTZ(9)", True),
        ("timestamp", "TIMESTAMP_LTZ(9)", False),
        ("variant", "VARIANT", True),
        ("binary", "BINARY(8388608)", True),
        ("number", "NUMBER(38,0)", True),
        ("numeric", "DECIMAL(18,3)", True),
        ("numeric(9,2)", "DECIMAL(9,2)", True),
        ("numeric(9,2)", "DECIMAL(10,2)", False),
        ("text", "VARCHAR", True),
        ("string", "VARCHAR(16777216)", True),
        ("varchar(10)", "VARCHAR", True),
        ("varchar(10)", "character varying(20)", False),
        ("varchar", "INTEGER", False),
        ("float", "DOUBLE", True),
        ("double", "FLOAT", False),
        ("timestamp", "TIMESTAMP", True),
        ("timestamp", "timestamp without time zone", True),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE", True),
        ("timestamp", "TIMESTAMP WITH TIME ZONE", False),
        ("bool", "BOOLEAN", True),
        ("date", "DATE", True),
        ("json", "JSON", True),
        ("integer[]", "INTEGER[]", True),
        ("integer[]", "VARCHAR[]", False),
        ("int[]", "integer[]", True),
        ("varchar(5)[]", "character varying(6)[]", False),
        ("int[]", "integer", False),
        ("time", "time without time zone", True),
        ("timetz", "time with time zone", True),
        ("timetz", "time without time zone", False),
        ("timestamp(3)", "timestamp(3) without time zone", True),
        ("varbit", "bit varying", True),
        ("smallserial", "smallint", True),
        ("json", "jsonb", False),
    ],
)
def test_a_declared_type_is_known_under_its_other_names(declared: str, actual: str, same: bool) -> None:  # noqa: FBT001
    """A contract that is kept would be said to be broken, or the other way round."""
    assert means(declared, actual) is same
