"""How a warehouse spells things. One class a warehouse; what to ask lives in `core.scans` and `core.alignment`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.sql_measures import DuckDbMeasures, MeasureDialect


@dataclass(frozen=True, slots=True)
class Term:
    """An expression and the type of its value."""

    expression: str
    type: str


class Dialect(MeasureDialect, Protocol):
    """What the engine needs to say, in the words of one warehouse. Everything goes in and comes out as SQL text."""

    def quote(self, name: str) -> str:
        """An identifier, verbatim, as it must be written."""
        ...

    def lift(self, expression: str, own: str, other: str) -> Term:
        """A value of type `own` in the type in which it is compared with one of type `other`.

        `lift(a, A, B)` and `lift(b, B, A)` are equal, as `differs` sees it, where the values are the same. No value
        but null becomes null.
        """
        ...

    def row_hash(self, terms: Sequence[Term], salt: int = 0) -> str:
        """A hash of several values, never null: rows that differ have different ones. Other salt, other hash.

        Equal rows nearly always have equal hashes; where they have not, the engine compares them in full.
        """
        ...

    def lot(self, terms: Sequence[Term], count: int) -> str:
        """A number from 0 to `count` less one: the same for values that do not differ (null counts as a value), and
        otherwise as good as random."""
        ...

    def checksum(self, hash_expression: str) -> str:
        """An aggregate over the hashes of all rows that does not depend on their order and sees repeated rows."""
        ...

    def differs(self, left: str, right: str) -> str:
        """Whether two values of one type differ; two nulls do not. Never null."""
        ...

    def count_if(self, condition: str) -> str:
        """An aggregate: the number of rows for which a condition holds."""
        ...

    def create_temporary(self, name: str, query: str) -> str:
        """A statement that keeps a query's rows as a temporary table, in place of one of that name."""
        ...

    def drop_temporary(self, name: str) -> str:
        """A statement that drops a temporary table."""
        ...

    def temporary(self, name: str) -> str:
        """The name under which a temporary table is asked."""
        ...


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


class DuckDb(DuckDbMeasures):
    """DuckDB 1.4 and later. The session's time zone must be UTC."""

    def quote(self, name: str) -> str:
        """In double quotes, those inside doubled."""
        return '"' + name.replace('"', '""') + '"'

    def lift(self, expression: str, own: str, other: str) -> Term:
        """Numbers stay exact, moments are compared in UTC; what has no better common type is compared as text."""
        if own == other:
            return Term(expression, own)
        kinds = {own, other}
        if kinds <= _FLOATS:
            return Term(f"{expression}::DOUBLE", "DOUBLE")
        if _is_number(own) and _is_number(other):
            return _lift_number(expression, own, other)
        if kinds <= _MOMENTS:
            return Term(f"{expression}::TIMESTAMP", "TIMESTAMP")
        if kinds <= _DATED:
            return Term(_moment_text(expression, own), "VARCHAR")
        return Term(f"{expression}::VARCHAR", "VARCHAR")

    def row_hash(self, terms: Sequence[Term], salt: int = 0) -> str:
        """`hash(...)`: 64 bits, fast. The salt goes first, so that every later step differs."""
        parts = [str(salt)] if salt or not terms else []
        for term in terms:
            parts.append(term.expression)
            decimal = _decimal(term.type)
            if term.type in _HALVED or (decimal and decimal[0] > _DIGITS_OF_EIGHT_BYTES):
                parts.append(f"{term.expression}::DOUBLE")
            elif not decimal and term.type not in _SCALARS and not term.type.startswith("ENUM("):
                # DuckDB gives null, [] and [null] the same hash, and a month the hash of a day.
                parts.append(f"{term.expression}::VARCHAR")
        return f"hash({', '.join(parts)})"

    def lot(self, terms: Sequence[Term], count: int) -> str:
        """`hash(...)` of the values alone: the texts that `row_hash` adds may differ where they do not."""
        return f"(hash({', '.join(term.expression for term in terms)}) % {count})"

    def checksum(self, hash_expression: str) -> str:
        """A sum in 128 bits; exclusive or would not see a row that occurs twice more."""
        return f"sum({hash_expression}::HUGEINT)"

    def differs(self, left: str, right: str) -> str:
        """NaN equals NaN, -0.0 equals 0.0."""
        return f"({left} is distinct from {right})"

    def count_if(self, condition: str) -> str:
        """With a filter."""
        return f"count(*) filter (where {condition})"

    def create_temporary(self, name: str, query: str) -> str:
        """Created or replaced."""
        return f"create or replace temp table {self.temporary(name)} as {query}"

    def drop_temporary(self, name: str) -> str:
        """If it is there."""
        return f"drop table if exists {self.temporary(name)}"

    def temporary(self, name: str) -> str:
        """In the session's own catalog, so that no attached database is meant."""
        return f"temp.{self.quote(name)}"


def _moment_text(expression: str, own: str) -> str:
    """A moment as text, because nanoseconds and the first and last dates fit no common type."""
    if own == "DATE":
        return f"coalesce(try_cast({expression} as TIMESTAMP)::VARCHAR, {expression}::VARCHAR)"
    return f"{expression}::TIMESTAMP::VARCHAR" if own == "TIMESTAMP WITH TIME ZONE" else f"{expression}::VARCHAR"


def _is_number(type_name: str) -> bool:
    plain = type_name in _INTEGER_DIGITS or type_name in _WIDE_INTEGERS or type_name in _FLOATS
    return plain or _decimal(type_name) is not None


def _decimal(type_name: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal type."""
    match = _DECIMAL.fullmatch(type_name)
    return (int(match[1]), int(match[2])) if match else None


def _lift_number(expression: str, own: str, other: str) -> Term:
    """Integers and decimals in a common decimal where it holds them all, every other mix as canonical text."""
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
