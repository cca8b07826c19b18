"""What the names of types say: whether a type got wider or narrower, and whether two names mean the same.

For the spellings of DuckDB, Postgres and Snowflake. A type is wider than another if it holds every value of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ARGUMENTS = re.compile(r"\(([^()]*)\)")
_SIGNED = {
    **dict.fromkeys(("tinyint", "int1", "byteint"), 8),
    **dict.fromkeys(("smallint", "int2", "int16", "short", "smallserial"), 16),
    **dict.fromkeys(("integer", "int", "int4", "int32", "signed", "serial"), 32),
    **dict.fromkeys(("bigint", "int8", "int64", "long", "bigserial"), 64),
    **dict.fromkeys(("hugeint", "int128"), 128),
}
_UNSIGNED = {
    "utinyint": 8,
    "usmallint": 16,
    "uinteger": 32,
    "ubigint": 64,
    "uhugeint": 128,
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
    "uint128": 128,
}
_DECIMALS = frozenset({"decimal", "dec", "numeric", "number"})
_FLOATS = {
    **dict.fromkeys(("real", "float4", "float", "float32"), 4),
    **dict.fromkeys(("double", "double precision", "float8", "float64"), 8),
}
_TEXTS = frozenset(
    {
        "varchar",
        "text",
        "string",
        "character varying",
        "char varying",
        "nvarchar",
        "bpchar",
        "char",
        "character",
        "nchar",
    }
)
# Digits after the second; nanoseconds are apart, because they end in 2262.
_MOMENTS = {
    "timestamp_s": (False, 0),
    "timestamp_ms": (False, 3),
    **dict.fromkeys(
        ("timestamp", "datetime", "timestamp without time zone", "timestamp_us", "timestamp_ntz"), (False, 6)
    ),
    **dict.fromkeys(("timestamptz", "timestamp with time zone", "timestamp_tz", "timestamp_ltz"), (True, 6)),
}
_CLOCK_DIGITS = 6  # of a time of day, where its name does not say
_ALIASES = {
    "bool": "boolean",
    "logical": "boolean",
    "bytea": "blob",
    "binary": "blob",
    "varbinary": "blob",
    "time without time zone": "time",
    "timetz": "time with time zone",
    "varbit": "bit varying",
}
_UNLIMITED = 16_777_216  # the length of Snowflake's texts without one
_MANTISSA = {4: 24, 8: 53}  # bits, by bytes


class TypeChange(StrEnum):
    """What became of a type, from base to head."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class _Type:
    """What a type holds. `whole` and `fraction`: digits of a decimal; None where the name does not say."""

    family: str
    low: int = 0
    high: int = 0
    whole: int | None = None
    fraction: int | None = None
    length: int | None = None
    zoned: bool = False


def change(base: str, head: str) -> TypeChange:
    """What became of a type. Other, where neither type holds every value of the other one."""
    before, after = _read(base), _read(head)
    if _holds(after, before):
        return TypeChange.WIDENED
    return TypeChange.NARROWED if _holds(before, after) else TypeChange.OTHER


def means(declared: str, actual: str) -> bool:
    """Whether a declared type may be this one of the warehouse: `int` is INTEGER, `numeric` any DECIMAL(18,3)."""
    if declared.rstrip().endswith("[]") and actual.rstrip().endswith("[]"):
        return means(declared.rstrip()[:-2], actual.rstrip()[:-2])
    wanted, found = _read(declared), _read(actual)
    if wanted.family == "float" and declared.strip().lower() == "float":
        return found.family == "float"  # single in DuckDB, double elsewhere
    if wanted.family == "integer" and found.family == "decimal":
        return found.fraction == 0  # Snowflake has no other whole numbers
    if wanted.family != found.family:
        return False
    pairs = ((wanted.whole, found.whole), (wanted.fraction, found.fraction), (wanted.length, found.length))
    told = all(None in (mine, its) or mine == its for mine, its in pairs)
    has_arguments = "(" in declared or wanted.family not in ("timestamp", "time")
    return (
        told
        and wanted.zoned == found.zoned
        and (not has_arguments or (wanted.low, wanted.high) == (found.low, found.high))
    )


def _read(name: str) -> _Type:
    text = " ".join(name.lower().partition(" collate ")[0].split())
    bare = " ".join(_ARGUMENTS.sub(" ", text).split())
    if "[" in text or bare.count("(") or text.startswith(("struct", "map", "union", "enum")):
        return _Type("enum" if text.startswith("enum") else text)
    numbers = [int(part) for part in (_ARGUMENTS.findall(text) or [""])[0].split(",") if part.strip().isdigit()]
    if bare in _SIGNED:
        half = 2 ** (_SIGNED[bare] - 1)
        return _Type("integer", -half, half - 1)
    if bare in _UNSIGNED:
        return _Type("integer", 0, 2 ** _UNSIGNED[bare] - 1)
    if bare in _DECIMALS:
        precision, scale = (*numbers, 0)[:2] if numbers else (None, None)
        return _Type("decimal", whole=None if precision is None else precision - (scale or 0), fraction=scale)
    if bare in _FLOATS:
        return _Type("float", high=_FLOATS[bare])
    if bare in _TEXTS:
        return _Type("text", length=numbers[0] if numbers and numbers[0] < _UNLIMITED else None)
    if bare in _MOMENTS:
        zoned, digits = _MOMENTS[bare]
        return _Type("timestamp", high=numbers[0] if numbers else digits, zoned=zoned)
    if bare == "time":
        return _Type("time", high=numbers[0] if numbers else _CLOCK_DIGITS)
    return _Type(_ALIASES.get(bare, text))


def _holds(wide: _Type, narrow: _Type) -> bool:
    """Whether every value of a type has a place in another one."""
    families = (wide.family, narrow.family)
    if families == ("integer", "integer"):
        return wide.low <= narrow.low and narrow.high <= wide.high
    if "decimal" in families and set(families) <= {"decimal", "integer"}:
        return _holds_digits(wide, narrow)
    if families == ("float", "float"):
        return wide.high >= narrow.high
    if families == ("float", "integer"):
        return max(-narrow.low, narrow.high) <= 1 << _MANTISSA[wide.high]
    if families == ("text", "text"):
        return wide.length is None or (narrow.length is not None and wide.length >= narrow.length)
    if families == ("time", "time"):
        return wide.high >= narrow.high
    if families == ("timestamp", "timestamp"):
        return wide.zoned == narrow.zoned and wide.high >= narrow.high
    if families == ("timestamp", "date"):
        return not wide.zoned
    return (families == ("text", "enum") and wide.length is None) or wide == narrow


def _holds_digits(wide: _Type, narrow: _Type) -> bool:
    mine, its = _digits(wide), _digits(narrow)
    if mine is None or its is None:
        return mine is None and wide.family == "decimal"
    if wide.family == "integer":
        return its[1] == 0 and wide.low <= -(10 ** its[0] - 1) and 10 ** its[0] - 1 <= wide.high
    return mine[0] >= its[0] and mine[1] >= its[1]


def _digits(one: _Type) -> tuple[int, int] | None:
    """Digits before and after the point; None where there is no limit."""
    if one.family == "integer":
        return len(str(max(-one.low, one.high))), 0
    return None if one.whole is None else (one.whole, one.fraction or 0)
