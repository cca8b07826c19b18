"""What a type's name says about its values."""

from __future__ import annotations

import pytest

from bot.core.kinds import Kind, kind_of


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (Kind.NUMBER, ("INTEGER", "DECIMAL(18,2)", "DOUBLE", "UHUGEINT", "numeric(10,2)", "double precision")),
        (Kind.NUMBER, ("NUMBER(38, 0)", "FLOAT", "bigint", "BIGNUM", "real")),
        (Kind.MOMENT, ("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NTZ(9)")),
        (Kind.MOMENT, ("timestamp(6) without time zone", "timestamptz")),
        (Kind.TEXT, ("VARCHAR", "character varying(20)", "TEXT", "ENUM('a', 'b)', 'DATE')", "VARCHAR(16777216)")),
        (Kind.TEXT, ("VARCHAR(10) COLLATE 'en-ci'",)),
        (
            Kind.OTHER,
            ("ARRAY(NUMBER(38,0))", "OBJECT(a DATE)", "VECTOR(FLOAT, 3)", "GEOGRAPHY", "TIME(9)", "BINARY(8)"),
        ),
        (Kind.BOOLEAN, ("BOOLEAN", "bool")),
        (Kind.OTHER, ("INTEGER[]", "DECIMAL(18,2)[3]", "STRUCT(a INTEGER)", "MAP(VARCHAR, DATE)", "JSON", "BLOB")),
        (Kind.OTHER, ("UUID", "INTERVAL", "TIME", "BIT", "VARIANT", "")),
    ],
)
def test_kinds(kind: Kind, types: tuple[str, ...]) -> None:
    """A list would be summed up, which the warehouse refuses, or a number not be summed up at all."""
    assert [(name, kind_of(name)) for name in types] == [(name, kind) for name in types]
