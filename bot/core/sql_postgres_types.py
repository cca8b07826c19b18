"""Postgres' types: what is a number, a moment, a text, and the common type in which values of two types are compared.

As `format_type` spells them: numeric(18,2), character varying(20), timestamp(3) with time zone. Values are lifted to
few types, all of which have an order, an equality and a hash; what has none of these, or is not known, becomes a text.
"""

from __future__ import annotations

import re

from bot.core.sql_types import Term
from bot.domain import Tolerance

TEXT, NUMERIC, DOUBLE, TIMESTAMP = "text", "numeric", "double precision", "timestamp without time zone"
_INTEGERS = ("smallint", "integer", "bigint")
_FLOATS = frozenset({"real", DOUBLE})
_NUMBERS = frozenset({*_INTEGERS, *_FLOATS, NUMERIC, "money"})
_TEXTS = frozenset({TEXT, "character varying", "character", "bpchar", "citext", "name", '"char"'})
_ZONED = "timestamp with time zone"
_MOMENTS = frozenset({"date", TIMESTAMP, _ZONED})
_AS_THEY_ARE = frozenset({"boolean", "uuid", "bytea", "time without time zone", "time with time zone"})
_SMALL = frozenset({*_INTEGERS, *_FLOATS, *_MOMENTS, *_AS_THEY_ARE}) - {"bytea"}
_ARGUMENTS = re.compile(r"\(([^()]*)\)")
_SHORT = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": DOUBLE,
    "decimal": NUMERIC,
    "varchar": "character varying",
    "bool": "boolean",
    "timestamp": TIMESTAMP,
    "timestamptz": _ZONED,
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_MOST_DIGITS_OF_SMALL = 32
# Numbers beyond have no place in a float; nor have those below, but for 0.
_GREATEST, _LEAST = "1.797e308", "1e-307"
_LAST_DAY = "date '294276-12-31'"
_SIGN, _NAN = 0x5851F42D4C957F2D, 0x14057B7EF767814F
_SPECIAL = "('NaN', 'Infinity', '-Infinity')"


def bare(type_name: str) -> str:
    """The name of a type without its arguments, in lower case, as `format_type` has it."""
    name = " ".join(_ARGUMENTS.sub(" ", type_name).lower().split())
    return _SHORT.get(name, name)


def is_text(type_name: str) -> bool:
    """Whether values of a type are texts to its user."""
    return bare(type_name) in _TEXTS


def is_number(type_name: str) -> bool:
    """Whether values of a type are numbers."""
    return bare(type_name) in _NUMBERS


def is_float(type_name: str) -> bool:
    """Whether values of a type are binary floating point numbers."""
    return bare(type_name) in _FLOATS


def is_moment(type_name: str) -> bool:
    """Whether values of a type are dates or moments."""
    return bare(type_name) in _MOMENTS


def is_integer(type_name: str) -> bool:
    """Whether values of a type are integers; all fit 63 bits and a sign."""
    return bare(type_name) in _INTEGERS


def is_small(type_name: str) -> bool:
    """Whether values of a type take at most sixteen bytes or so."""
    digits = _ARGUMENTS.search(type_name) if bare(type_name) == NUMERIC else None
    if digits:
        return int(digits[1].split(",")[0]) <= _MOST_DIGITS_OF_SMALL
    return bare(type_name) in _SMALL


def lift(expression: str, own: str, other: str) -> Term:
    """See `sql.Dialect.lift`."""
    mine, its = bare(own), bare(other)
    kinds = {mine, its}
    if kinds <= _NUMBERS:
        return _lift_number(expression, own, other)
    if mine == its and (mine in _MOMENTS or mine in _AS_THEY_ARE):
        # Other arguments round or cut: a value has lost nothing by having none.
        return Term(expression, own if own == other else mine)
    if kinds <= _MOMENTS:
        if "date" in kinds:
            return Term(f'({_moment_text(expression, mine)} collate "C")', TEXT)
        return Term(_in_utc(expression, mine), TIMESTAMP)
    if kinds == {"json", "jsonb"} and mine == "json":
        return Term(f'({_json_text(expression)} collate "C")', TEXT)
    return Term(as_text(expression, own), TEXT)


def as_text(expression: str, type_name: str) -> str:
    """A value as text, of one order in every database; null stays null. -0.0 is 0, to which it is equal."""
    value = f"({expression} + 0::{bare(type_name)})" if is_float(type_name) else expression
    if bare(type_name) == "money":
        value = f"{expression}::numeric"
    return f'({value}::text collate "C")'


def as_double(expression: str, type_name: str) -> str:
    """A number as a double; of a real the one that is written so."""
    kind = bare(type_name)
    if kind == DOUBLE:
        return expression
    if kind == "real":
        return f"{expression}::text::double precision"
    if kind in _INTEGERS:
        return f"{expression}::double precision"
    if kind == "money" or (kind == NUMERIC and is_small(type_name)):
        return f"{expression}::numeric::double precision"
    return numeric_as_double(f"{expression}::numeric")


def numeric_as_double(number: str) -> str:
    """A numeric as a double. What has no place there is infinite, or 0: Postgres fails on it."""
    return (
        f"(case when abs({number}) between {_LEAST} and {_GREATEST} then ({number})::double precision "
        f"when abs({number}) < {_LEAST} then 0 "
        f"when ({number})::text in {_SPECIAL} then ({number})::text::double precision "
        f"when {number} > 0 then 'Infinity'::double precision "
        f"when {number} < 0 then '-Infinity'::double precision end)"
    )


def exactly(expression: str, type_name: str) -> str:
    """A number that is neither NaN nor infinite as a numeric: null where it is. A float is what it is written as."""
    if is_integer(type_name) or bare(type_name) == "money":
        return f"{expression}::numeric"
    text = f"{expression}::text"
    return f"(case when {text} not in {_SPECIAL} then {text}::numeric end)"


def microseconds(expression: str, type_name: str) -> str:
    """A date or moment as microseconds since 1970, exactly: a numeric, null where it is infinite."""
    seconds = f"extract(epoch from {expression})"
    if bare(type_name) != "date":
        # Before 14 seconds are a double, in which those of late years have no microseconds; whole seconds they have.
        parts = f"extract(epoch from date_trunc('second', {expression}))::numeric"
        seconds = f"{parts} + mod(extract(microseconds from {expression})::numeric, 1000000) / 1000000"
    return f"(case when isfinite({expression}) then ({seconds})::numeric * 1000000 end)"


def hashed(term: Term, seed: int) -> str:
    """64 bits of a value, null where it is: equal values have the same, others hardly ever. Other seed, other hash.

    Postgres hashes integers and moments by 32 bits of theirs, and numerics without their sign: the rest goes in beside.
    """
    value, kind, other = term.expression, bare(term.type), seed + 1
    if kind in ("smallint", "integer"):
        return f"hashint4extended({value}, {seed})"
    if kind == "bigint":
        return f"hashint8extended({value}, {seed}) # hashint8extended({value} >> 32, {other})"
    if kind in _FLOATS:
        return f"hashfloat8extended({value}::double precision, {seed})"
    if kind == NUMERIC:
        sign = f"case when {value} < 0 then {_SIGN} when {value} = 'NaN' then {_NAN} else 0 end"
        return f"hash_numeric_extended({value}, {seed}) # ({sign})"
    if kind == "boolean":
        return f"hashint4extended({value}::integer, {seed})"
    if kind == "uuid":
        return f"uuid_hash_extended({value}, {seed})"
    if kind in (TIMESTAMP, _ZONED):
        moment = f"{value}::timestamp"
        halves = f"hashfloat8extended(date_part('epoch', {moment}), {other})"
        return f"timestamp_hash_extended({moment}, {seed}) # {halves}"
    if kind == "time without time zone":
        return f"hashfloat8extended(date_part('epoch', {value}), {seed})"
    if kind == "text":
        return f'hashtextextended({value} collate "C", {seed})'
    return f'hashtextextended({value}::text collate "C", {seed})'


def within(left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
    """See `sql.Dialect.within`. Floats are what they are written as, and all is exact."""
    lifted = lift("x", *types).type
    bounds = [str(tolerance.absolute)] if tolerance.absolute is not None else []
    if all(is_number(name) for name in types):
        values = [exactly(value, lifted) for value in (left, right)]
        if tolerance.relative is not None:
            bounds.append(f"{tolerance.relative} * greatest(abs({values[0]}), abs({values[1]}))")
        # A greater number times a bound may have more digits than a numeric.
        ordinary = " and ".join(f"abs({value}) < 1e1000" for value in values)
        distance = f"abs({values[0]} - {values[1]})"
    elif all(is_moment(name) for name in types):
        if lifted == TEXT:
            left, right = (_moment_of_text(value) for value in (left, right))
            lifted = TIMESTAMP
        values = [microseconds(value, lifted) for value in (left, right)]
        ordinary = " and ".join(f"{value} is not null" for value in values)
        distance = f"abs({values[0]} - {values[1]}) / 1000000"
    else:
        return None
    if not bounds:
        return None
    limit = f"greatest({', '.join(bounds)})" if len(bounds) > 1 else bounds[0]
    return f"coalesce(case when {ordinary} then {distance} <= {limit} end, false)"


def _lift_number(expression: str, own: str, other: str) -> Term:
    """Integers and numerics in a common type, floats in a double; a float beside an exact number as canonical text."""
    mine, its = bare(own), bare(other)
    kinds = {mine, its}
    if kinds <= set(_INTEGERS):
        common = max(kinds, key=_INTEGERS.index)
        return Term(expression if mine == its else f"{expression}::{common}", common)
    if mine == its and mine in _FLOATS:
        return Term(expression, mine)
    if kinds <= _FLOATS:
        return Term(f"{expression}::double precision", DOUBLE)
    if not kinds & _FLOATS:
        same = own == other and mine == NUMERIC
        return Term(expression, own) if same else Term(f"{expression}::numeric", NUMERIC)
    return Term(f'({_number_text(expression, mine)} collate "C")', TEXT)


def _number_text(expression: str, kind: str) -> str:
    """One text for one number, whatever its type: whole numbers in digits, others as short as they can be read back.

    So 2^53 + 1 is not the double next to it, and the numeric 0.10 is the double 0.1.
    """
    if kind in _INTEGERS:
        return f"{expression}::text"
    text = f"{expression}::text" if kind != "money" else f"{expression}::numeric::text"
    digits = text
    if kind in _FLOATS:
        # Beyond 2^53 the shortest text that can be read back is not the number itself; a bigint is.
        whole = f"abs({expression}) < 9e18 and {expression} = trunc({expression})"
        digits = f"case when {whole} then {expression}::bigint::text else {text}::numeric::text end"
    special = f"case when {expression}::text in {_SPECIAL} then {expression}::text else {digits} end"
    # Before Postgres 14 a numeric has no infinity that a float could be read through.
    named = special if kind in _FLOATS else digits
    trimmed = f"case when d in {_SPECIAL} or position('.' in d) = 0 then d else rtrim(rtrim(d, '0'), '.') end"
    return f"(select {trimmed} from (select {named} as d) n)"  # noqa: S608 (words of our own)


def _moment_text(expression: str, kind: str) -> str:
    """A moment as text, because the last dates are no timestamps."""
    if kind == "date":
        return (
            f"(case when isfinite({expression}) and {expression} <= {_LAST_DAY} "
            f"then {expression}::timestamp::text else {expression}::text end)"
        )
    return f"({_in_utc(expression, kind)}::text)"


def _moment_of_text(text: str) -> str:
    """Reads what `_moment_text` has written; null of the last dates."""
    return f"(case when length({text}) > 12 then {text}::timestamp end)"


def _in_utc(expression: str, kind: str) -> str:
    return f"({expression} at time zone 'UTC')" if kind == _ZONED else f"{expression}::timestamp"


def _json_text(expression: str) -> str:
    """As jsonb writes it, where jsonb can hold it: not of a zero byte, or of numbers with very many digits."""
    text = f"{expression}::text"
    return f"(case when {text} ~ '\\\\u|[0-9][eE]' then {text} else {expression}::jsonb::text end)"
