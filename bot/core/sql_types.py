"""DuckDB's types: what is a number, a moment, a text, and the common type in which values of two types are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain import Tolerance


@dataclass(frozen=True, slots=True)
class Term:
    """An expression and the type of its value."""

    expression: str
    type: str


_INTEGER_DIGITS = {
    "TINYINT": 3,
    "SMALLINT": 5,
    "INTEGER": 10,
    "BIGINT": 19,
    "HUGEINT": 39,
    "UTINYINT": 3,
    "USMALLINT": 5,
    "UINTEGER": 10,
    "UBIGINT": 20,
}
_WIDE_INTEGERS = frozenset({"UHUGEINT", "BIGNUM"})
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_MOMENTS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"})
_DATED = _MOMENTS | {"DATE", "TIMESTAMP_NS"}
# DuckDB hashes the two halves of these by themselves: 0 and 2^64 + 1 have the same hash. Their rounded value tells.
_HALVED = frozenset({"HUGEINT", "UHUGEINT"})
_SCALARS = (
    frozenset(_INTEGER_DIGITS)
    | _FLOATS
    | _DATED
    | {"BIGNUM", "BIT", "BLOB", "BOOLEAN", "JSON", "TIME", "TIME WITH TIME ZONE", "TIME_NS", "UUID", "VARCHAR"}
)
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 38
_DIGITS_OF_EIGHT_BYTES = 18
_TEXT = "VARCHAR"
_OF_ANY_LENGTH = frozenset({"BIGNUM", "BIT", "BLOB", "JSON", _TEXT})


def lift(expression: str, own: str, other: str) -> Term:
    """See `sql.Dialect.lift`."""
    if own == other:
        return Term(expression, own)
    kinds = {own, other}
    if kinds <= _FLOATS:
        return Term(f"{expression}::DOUBLE", "DOUBLE")
    if is_number(own) and is_number(other):
        return _lift_number(expression, own, other)
    if kinds <= _MOMENTS:
        return Term(f"{expression}::TIMESTAMP", "TIMESTAMP")
    if kinds <= _DATED:
        return Term(_moment_text(expression, own), _TEXT)
    return Term(f"{expression}::VARCHAR", _TEXT)


def is_text(type_name: str) -> bool:
    """Whether values of a type are texts to its user."""
    return type_name == _TEXT or type_name.startswith("ENUM(")


def is_moment(type_name: str) -> bool:
    """Whether values of a type are dates or moments."""
    return type_name in _DATED


def is_number(type_name: str) -> bool:
    """Whether values of a type are numbers."""
    plain = type_name in _INTEGER_DIGITS or type_name in _WIDE_INTEGERS or type_name in _FLOATS
    return plain or _decimal(type_name) is not None


def is_integer(type_name: str) -> bool:
    """Whether values of a type are integers that all fit a BIGINT."""
    return type_name in _INTEGER_DIGITS and type_name not in _HALVED and type_name != "UBIGINT"


def is_small(type_name: str) -> bool:
    """Whether values of a type take at most sixteen bytes."""
    return hash_is_faithful(type_name) and type_name not in _OF_ANY_LENGTH


def is_array(type_name: str) -> bool:
    """Whether values of a type are lists of a fixed length."""
    return type_name.endswith("]") and not type_name.endswith("[]")


def is_exact(type_name: str) -> bool:
    """Whether values of a type are numbers whose difference is exact."""
    return type_name in _INTEGER_DIGITS or _decimal(type_name) is not None


def hashed(term: Term) -> list[str]:
    """What of a value goes into a hash, so that different values nearly always have different ones."""
    decimal = _decimal(term.type)
    if term.type in _HALVED or (decimal and decimal[0] > _DIGITS_OF_EIGHT_BYTES):
        return [term.expression, f"{term.expression}::DOUBLE"]
    if not decimal and term.type not in _SCALARS and not term.type.startswith("ENUM("):
        # DuckDB gives null, [] and [null] the same hash, and a month the hash of a day.
        return [term.expression, f"{term.expression}::VARCHAR"]
    return [term.expression]


def hash_is_faithful(type_name: str) -> bool:
    """Whether equal values of a type have equal hashes: not the text of an interval or of a list of floats."""
    return type_name in _SCALARS or type_name.startswith("ENUM(") or _decimal(type_name) is not None


def within(left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
    """See `sql.Dialect.within`."""
    bounds = [str(tolerance.absolute)] if tolerance.absolute is not None else []
    if all(is_number(name) for name in types):
        values = [f"try_cast({value} as DOUBLE)" for value in (left, right)]
        distance = f"abs({values[0]} - {values[1]})"
        if all(is_exact(name) for name in types):
            distance = f"coalesce({_exact_distance(left, right, types)}, {distance})"
        if tolerance.relative is not None:
            bounds.append(f"{tolerance.relative} * greatest(abs({values[0]}), abs({values[1]}))")
        finite = " and ".join(f"isfinite({value})" for value in values)
    elif all(is_moment(name) for name in types):
        values = [f"try_cast({value} as TIMESTAMP)" for value in (left, right)]
        distance = f"try(abs(epoch_us({values[0]}) - epoch_us({values[1]})))::DOUBLE / 1e6"
        if set(types) == {"TIMESTAMP_NS"}:
            distance = f"try(abs(epoch_ns({left}) - epoch_ns({right})))::DOUBLE / 1e9"
        finite = " and ".join(f"isfinite({value})" for value in values)
    else:
        return None
    if not bounds:
        return None
    limit = (
        f"greatest({', '.join(f'({bound})::DOUBLE' for bound in bounds)})"
        if len(bounds) > 1
        else f"({bounds[0]})::DOUBLE"
    )
    return f"coalesce({finite} and {distance} <= {limit}, false)"


def _exact_distance(left: str, right: str, types: tuple[str, str]) -> str:
    """As a double; null where it does not fit the widest exact type."""
    if all(name in _INTEGER_DIGITS for name in types):
        left, right = f"{left}::HUGEINT", f"{right}::HUGEINT"
    elif lift("x", *types).type == _TEXT:
        return "null::DOUBLE"
    return f"try(abs({left} - {right}))::DOUBLE"


def _moment_text(expression: str, own: str) -> str:
    """A moment as text, because nanoseconds and the first and last dates fit no common type."""
    if own == "DATE":
        return f"coalesce(try_cast({expression} as TIMESTAMP)::VARCHAR, {expression}::VARCHAR)"
    return f"{expression}::TIMESTAMP::VARCHAR" if own == "TIMESTAMP WITH TIME ZONE" else f"{expression}::VARCHAR"


def _decimal(type_name: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal type."""
    match = _DECIMAL.fullmatch(type_name)
    return (int(match[1]), int(match[2])) if match else None


def _lift_number(expression: str, own: str, other: str) -> Term:
    """Integers and decimals in a common decimal where it holds them all, every other mix as canonical text."""
    if is_integer(own) and is_integer(other):
        return Term(f"{expression}::BIGINT", "BIGINT")
    if own in _INTEGER_DIGITS and other in _INTEGER_DIGITS:
        return Term(f"{expression}::HUGEINT", "HUGEINT")
    mine, theirs = _digits(own), _digits(other)
    if mine and theirs:
        whole, scale = max(mine[0], theirs[0]), max(mine[1], theirs[1])
        if whole + scale <= _MOST_DIGITS:
            common = f"DECIMAL({whole + scale},{scale})"
            return Term(f"{expression}::{common}", common)
    return Term(_number_text(expression, own, other), "VARCHAR")


def _digits(type_name: str) -> tuple[int, int] | None:
    """Digits before and after the point that hold every value of an exact type; None where there is no limit."""
    decimal = _decimal(type_name)
    if decimal:
        return decimal[0] - decimal[1], decimal[1]
    return (_INTEGER_DIGITS[type_name], 0) if type_name in _INTEGER_DIGITS else None


def _number_text(expression: str, own: str, other: str) -> str:
    """One text for one number, whatever its type: whole numbers in digits, others as short as they can be read back.

    So 2^53 + 1 is not the double next to it, and the decimal 0.10 is the double 0.1.
    """
    text = f"{expression}::VARCHAR"
    if own in _FLOATS:
        whole = f"coalesce(try_cast({expression} as HUGEINT)::VARCHAR, try_cast({expression} as UHUGEINT)::VARCHAR)"
        return f"coalesce(case when {expression} = trunc({expression}) then {whole} end, {text})"
    decimal = _decimal(own)
    if not decimal or decimal[1] == 0:
        return text
    trimmed = f"rtrim(rtrim({text}, '0'), '.')"
    if other not in _FLOATS:
        return trimmed
    rounded = f"{text}::{other}::VARCHAR"
    return (
        f"case when not contains({trimmed}, '.') then {trimmed} "
        f"when try_cast({rounded} as {own}) = {expression} then {rounded} else {trimmed} end"
    )
