"""Snowflake's types: what is a number, a moment, a text, and the common type in which values of two types are compared.

As `DESCRIBE TABLE` spells them: NUMBER(38,0), VARCHAR(16777216), TIMESTAMP_NTZ(9).
"""

from __future__ import annotations

import re
from decimal import Decimal

from bot.core.sql_types import Term
from bot.domain import Tolerance

MOST_DIGITS = 38
TEXT = "VARCHAR"
_MOMENT = "TIMESTAMP_NTZ(9)"
_NUMBERS = frozenset({"NUMBER", "DECIMAL", "NUMERIC", "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"})
_FLOATS = frozenset({"FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL"})
_TEXTS = frozenset({"VARCHAR", "TEXT", "STRING", "CHAR", "CHARACTER", "NCHAR", "NVARCHAR"})
_BINARIES = frozenset({"BINARY", "VARBINARY"})
_ZONED = frozenset({"TIMESTAMP_TZ", "TIMESTAMP_LTZ"})
_TIMED = _ZONED | {"TIMESTAMP_NTZ", "DATETIME", "TIMESTAMP"}
_SHAPES = frozenset({"GEOGRAPHY", "GEOMETRY"})
_NESTED = frozenset({"VARIANT", "ARRAY", "OBJECT", "MAP", "VECTOR"})
_COMPARED_AS_THEY_ARE = _NUMBERS | _FLOATS | _TEXTS | _BINARIES | _TIMED | {"BOOLEAN", "DATE", "TIME"}
_OF_ANY_LENGTH = _TEXTS | _BINARIES
_INTEGER_DIGITS = 18
_ARGUMENTS = re.compile(r"\((\d+)(?:\s*,\s*(\d+))?\)")
# Below it a float that is no whole number has its digits behind the point; every such number fits 38 digits.
_MOST_BROKEN = "1e15"
_DIGITS_OF_BROKEN = 22
_GREATEST_WHOLE = "1e37"
_GREATEST_FLOAT = "'1.7976931348623157e+308'::float"


def lift(expression: str, own: str, other: str) -> Term:
    """See `sql.Dialect.lift`."""
    mine, its = bare(own), bare(other)
    if not {mine, its} <= _COMPARED_AS_THEY_ARE:
        return Term(as_text(expression, own), TEXT)
    if {mine, its} <= _TEXTS:
        collated = any("COLLATE" in name.upper() for name in (own, other))
        return Term(f"collate({expression}, '')" if collated else expression, TEXT)
    if own == other or {mine, its} <= _BINARIES:
        return Term(expression, own)
    if is_number(own) and is_number(other):
        return _lift_number(expression, own, other)
    if {mine, its} == {"TIME"}:
        return Term(f"{expression}::time(9)", "TIME(9)")
    if {mine, its} == {"TIMESTAMP_TZ"}:
        return Term(f"{expression}::timestamp_tz(9)", "TIMESTAMP_TZ(9)")
    if is_moment(own) and is_moment(other):
        return Term(in_utc(expression, own), _MOMENT)
    return Term(as_text(expression, own), TEXT)


def bare(type_name: str) -> str:
    """The name of a type without its arguments, in upper case."""
    return " ".join(type_name.upper().partition("(")[0].partition(" COLLATE")[0].split())


def is_text(type_name: str) -> bool:
    """Whether values of a type are texts to its user."""
    return bare(type_name) in _TEXTS


def is_float(type_name: str) -> bool:
    """Whether values of a type are binary floating point numbers; all of Snowflake's have 64 bits."""
    return bare(type_name) in _FLOATS


def is_number(type_name: str) -> bool:
    """Whether values of a type are numbers."""
    return bare(type_name) in _NUMBERS | _FLOATS


def is_moment(type_name: str) -> bool:
    """Whether values of a type are dates or moments."""
    return bare(type_name) in _TIMED or bare(type_name) == "DATE"


def is_integer(type_name: str) -> bool:
    """Whether values of a type are integers that all fit 63 bits: most of Snowflake's may have 38 digits."""
    found = digits(type_name)
    return found is not None and found[1] == 0 and found[0] <= _INTEGER_DIGITS


def is_ordered(type_name: str) -> bool:
    """Whether values of a type can be sorted and have a least one."""
    return bare(type_name) in _COMPARED_AS_THEY_ARE


def is_small(type_name: str) -> bool:
    """Whether values of a type take at most sixteen bytes."""
    return bare(type_name) in _COMPARED_AS_THEY_ARE - _OF_ANY_LENGTH


def digits(type_name: str) -> tuple[int, int] | None:
    """Digits before and behind the point of an exact number; None of what is none."""
    if bare(type_name) not in _NUMBERS:
        return None
    found = _ARGUMENTS.search(type_name)
    precision, scale = (int(found[1]), int(found[2] or 0)) if found else (MOST_DIGITS, 0)
    return precision - scale, scale


def as_text(expression: str, type_name: str) -> str:
    """A value as text, whatever formats the session has; null stays null.

    The keys of an OBJECT have one order in its JSON, whichever they were given in. Of a moment with an offset it is the
    local time with the offset.
    """
    kind = bare(type_name)
    if kind in _TEXTS:
        return expression
    if kind in _FLOATS:
        return f"to_varchar({expression} + 0)"  # -0.0 is equal to 0.0
    if kind in _NUMBERS or kind == "BOOLEAN":
        return f"to_varchar({expression})"
    if kind == "DATE":
        return f"to_varchar({expression}, 'YYYY-MM-DD')"
    if kind == "TIME":
        moment = f"timestamp_ntz_from_parts('1970-01-01'::date, {expression})"
        return _without_zeros(f"to_varchar({moment}, 'HH24:MI:SS.FF9')")
    if kind in _TIMED:
        local = _without_zeros(f"to_varchar({expression}, 'YYYY-MM-DD HH24:MI:SS.FF9')")
        return f"({local} || to_varchar({expression}, 'TZH:TZM'))" if kind in _ZONED else local
    if kind in _BINARIES:
        return f"hex_encode({expression})"
    if kind in _SHAPES:
        return f"st_aswkt({expression})"
    if kind in _NESTED:
        inner = {"VARIANT": expression, "VECTOR": f"{expression}::array::variant"}
        return f"to_json({inner.get(kind, f'{expression}::variant')})"
    return f"{expression}::varchar"


def in_utc(expression: str, type_name: str) -> str:
    """A date or moment as a moment without offset, of UTC."""
    if bare(type_name) in _ZONED:
        return f"convert_timezone('UTC', {expression})::timestamp_ntz(9)"
    return f"{expression}::timestamp_ntz(9)"


def as_float(expression: str, type_name: str) -> str:
    """A number as a float; of a text that is none, null."""
    if is_float(type_name):
        return expression
    return f"try_to_double({expression})" if is_text(type_name) else f"{expression}::float"


def hashed(term: Term) -> str:
    """What of a value goes into a hash."""
    return term.expression if is_ordered(term.type) else as_text(term.expression, term.type)


def hashed_text(term: Term) -> str:
    """What of a value goes into a hash of texts: never null, and where one ends is told by its length."""
    zoned = bare(term.type) in _ZONED
    value, name = (in_utc(term.expression, term.type), _MOMENT) if zoned else (term.expression, term.type)
    text = as_text(value, name)
    return f"coalesce(to_varchar(length({text})) || ':' || {text}, '-')"


def within(left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
    """See `sql.Dialect.within`."""
    bounds = [f"{tolerance.absolute}::float"] if tolerance.absolute is not None else []
    lifted = lift("x", *types).type
    if all(is_number(name) for name in types):
        values = [as_float(value, lifted) for value in (left, right)]
        distance = difference(left, right, lifted)
        if tolerance.relative is not None:
            bounds.append(f"{tolerance.relative}::float * greatest(abs({values[0]}), abs({values[1]}))")
        conditions = [f"abs({value}) <= {_GREATEST_FLOAT}" for value in values]
    elif all(is_moment(name) for name in types):
        values = [f"date_part(epoch_nanosecond, {in_utc(value, lifted)})" for value in (left, right)]
        distance = f"(({values[0]} - {values[1]})::float / 1e9)"
        conditions = []
    else:
        return None
    if not bounds:
        return None
    limit = f"greatest({', '.join(bounds)})" if len(bounds) > 1 else bounds[0]
    return f"coalesce({' and '.join([*conditions, f'abs({distance}) <= {limit}'])}, false)"


def difference(left: str, right: str, type_name: str) -> str:
    """One number less another of the same type, as a float, from their digits where these fit; it never fails."""
    rough = f"({as_float(left, type_name)} - {as_float(right, type_name)})"
    found = digits(type_name)
    if found is None:
        return rough
    if sum(found) < MOST_DIGITS:
        return f"({left} - {right})::float"
    # Of numbers of 37 digits at most, the difference has 38.
    limit = f"{Decimal(1).scaleb(MOST_DIGITS - 1 - found[1]):f}"
    small = [f"iff(abs({value}) < {limit}, {value}, null)" for value in (left, right)]
    return f"coalesce(({small[0]} - {small[1]})::float, {rough})"


def _without_zeros(text: str) -> str:
    """A text with a point, without the zeros at its end."""
    return f"regexp_replace({text}, '[.]?0+$', '')"


def _lift_number(expression: str, own: str, other: str) -> Term:
    """In a common NUMBER where it holds them all, every other mix as canonical text."""
    mine, its = digits(own), digits(other)
    if mine and its:
        whole, scale = max(mine[0], its[0]), max(mine[1], its[1])
        if whole + scale <= MOST_DIGITS:
            common = f"NUMBER({whole + scale},{scale})"
            return Term(f"{expression}::{common}", common)
        return Term(_digits_text(expression, mine[1]), TEXT)
    if mine is None and its is None:
        return Term(expression, "FLOAT")
    return Term(_float_text(expression) if mine is None else _number_text(expression, mine[1]), TEXT)


def _digits_text(expression: str, scale: int) -> str:
    text = f"to_varchar({expression})"
    return _without_zeros(text) if scale else text


def _float_text(expression: str) -> str:
    """Whole numbers in digits, so that 2^53 + 1 is not the float next to it; others as short as they are written."""
    whole = f"iff({expression} = trunc({expression}) and abs({expression}) < {_GREATEST_WHOLE}, {expression}, null)"
    return f"coalesce(to_varchar({whole}::number(38,0)), to_varchar({expression} + 0))"


def _number_text(expression: str, scale: int) -> str:
    """As `_float_text` writes the float that a number is, or else all its digits: the number 0.10 is the float 0.1."""
    if not scale:
        return f"to_varchar({expression})"
    exact = _digits_text(expression, scale)
    broken = f"iff({expression} <> trunc({expression}) and abs({expression}) < {_MOST_BROKEN}, {expression}, null)"
    back = f"{broken}::float::number(38,{min(scale, _DIGITS_OF_BROKEN)})"
    return f"case when {back} = {expression} then to_varchar({broken}::float) else {exact} end"
