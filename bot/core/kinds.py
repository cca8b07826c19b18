"""What kind of values a column holds, told from the name of its type."""

from __future__ import annotations

import re
from enum import StrEnum

_NUMBERS = frozenset(
    {
        *("tinyint", "smallint", "integer", "int", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint"),
        *("uhugeint", "bignum", "varint", "byteint", "int1", "int2", "int4", "int8", "int16", "int32", "int64"),
        *("int128", "serial", "bigserial", "decimal", "dec", "numeric", "number", "money", "float", "float4", "float8"),
        *("float64", "real", "double", "double precision", "bigdecimal", "bignumeric"),
    }
)
_MOMENTS = frozenset({"date", "datetime", "datetime2", "datetimeoffset", "smalldatetime", "timestamp", "timestamptz"})
_TEXTS = frozenset(
    {"varchar", "char", "bpchar", "character", "character varying", "nvarchar", "nchar", "text", "string", "enum"}
)
_BOOLEANS = frozenset({"boolean", "bool", "logical"})
_ARGUMENTS = re.compile(r"\(.*\)", re.DOTALL)


class Kind(StrEnum):
    """What can be asked of the values of a column."""

    NUMBER = "number"
    MOMENT = "moment"  # a date, with a time of day or without
    TEXT = "text"
    BOOLEAN = "boolean"
    OTHER = "other"


def kind_of(type_name: str) -> Kind:
    """The kind of a type, in the spelling of DuckDB, Postgres or Snowflake: `DECIMAL(18,2)` is a number, lists of
    numbers are none."""
    name = type_name.strip().lower().partition(" collate ")[0]
    if name.endswith("]"):
        return Kind.OTHER
    bare = " ".join(_ARGUMENTS.sub(" ", name).split())
    if bare in _NUMBERS:
        return Kind.NUMBER
    # timestamp_ns, timestamp with time zone, timestamp_ntz
    if bare in _MOMENTS or bare.startswith(("timestamp_", "timestamp ")):
        return Kind.MOMENT
    if bare in _TEXTS:
        return Kind.TEXT
    return Kind.BOOLEAN if bare in _BOOLEANS else Kind.OTHER
