"""How a warehouse spells what is asked of values: aggregates, bins, periods, texts. What to ask lives elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from bot.core.kinds import Kind, kind_of
from bot.domain import Measure, Period, Showing

_MASK = "•••"
_LONGEST_CELL = 1000


class MeasureDialect(Protocol):
    """What close looks at values need to say, in the words of one warehouse. SQL text goes in and comes out."""

    def literal(self, text: str) -> str:
        """A text as a constant."""
        ...

    def float_literal(self, number: float) -> str:
        """A float as a constant, exactly."""
        ...

    def text(self, expression: str, type_name: str) -> str:
        """A value as a reader sees it; null stays null."""
        ...

    def digest(self, text: str, salt: str) -> str:
        """Eight hexadecimal digits of a salted hash of a text; null stays null."""
        ...

    def aggregate(self, measure: Measure, expression: str, type_name: str) -> str | None:
        """An aggregate over the values that are not null; None where the measure means nothing for this type.

        Of all measures but NULLS, QUANTILE and CHECKSUM. What comes back is a number or its text; a sum may be a text
        of several numbers, with spaces between, that are yet to be added up. It never fails, whatever the values are.
        """
        ...

    def quantiles(self, expression: str, type_name: str, shares: Sequence[float]) -> list[str]:
        """For each share an aggregate: the value below which it lies, interpolated. None where the type has none."""
        ...

    def number(self, expression: str, type_name: str) -> str:
        """A number as a float, a date or moment as seconds since 1970 (null where it is infinite)."""
        ...

    def tally(self, expression: str, size: int) -> list[str]:
        """For each whole number below `size` an aggregate: how often it occurs."""
        ...

    def period(self, expression: str, type_name: str, period: Period) -> str:
        """The first day of the period in which a date or moment lies, as text: 2024-12-30."""
        ...

    def step(self, base: str, head: str, type_name: str) -> str:
        """Head less base, of two numbers of one type, as a float; null where either is null or no number."""
        ...

    def only(self, expression: str) -> str:
        """An aggregate: the value of a group's one row."""
        ...

    def alike(self, expression: str, type_name: str) -> str:
        """An aggregate: the value of a group in which all rows have the same; the type is one as `lift` makes them."""
        ...

    def sorting(self, expression: str, type_name: str) -> str:
        """What a column is sorted by, whatever its type: itself, or something in its place if its values have no
        order."""
        ...

    def percent(self, part: str, whole: str) -> str:
        """How many percent a float is of another one, which is above 0; where that is no float, infinite or null. It
        never fails."""
        ...

    def apart(self, left: str, right: str) -> str:
        """By how much two floats differ, as a share of the greater one's size; null of two zeros. It never fails."""
        ...

    def subquery(self, query: str) -> str:
        """A query as it may stand after `from`, with a name behind it or without."""
        ...


def shown(dialect: MeasureDialect, text: str, showing: Showing, salt: str) -> str:
    """A text as far as it may be seen. It is made in the warehouse, so that nothing else leaves it.

    Args:
        dialect: the warehouse's words.
        text: an expression of the text.
        showing: how much of it may be seen. What is hidden is masked here: who can leave it out does so.
        salt: goes into hashes; who does not know it can't try values until one has the same hash.
    """
    if showing is Showing.SHOW:
        return f"left({text}, {_LONGEST_CELL})"
    if showing is Showing.HASH:
        return dialect.digest(text, salt)
    return f"case when {text} is not null then {dialect.literal(_MASK)} end"


_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_BEYOND_BIGINT = frozenset({"HUGEINT", "UHUGEINT"})
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 38
# Sums of decimals hold 38 digits: of values with at most 28, 10^10 rows can be added up.
_SAFE_DIGITS = 28
# Squares of greater numbers, added up, leave the range of floats.
_GREATEST_TO_SQUARE = "1e140::DOUBLE"
_LENGTHS = {Measure.MIN_LENGTH: "min", Measure.MAX_LENGTH: "max", Measure.MEAN_LENGTH: "avg"}


class DuckDbMeasures:
    """DuckDB 1.4 and later. The session's time zone must be UTC."""

    def literal(self, text: str) -> str:
        """In single quotes, those inside doubled."""
        return "'" + text.replace("'", "''") + "'"

    def float_literal(self, number: float) -> str:
        """Read from its text: 0.1 by itself would be a decimal."""
        return f"'{number!r}'::DOUBLE"

    def text(self, expression: str, type_name: str) -> str:
        """Cast; -0.0 is written as 0.0, to which it is equal."""
        return f"({expression} + 0::{type_name})::VARCHAR" if type_name in _FLOATS else f"{expression}::VARCHAR"

    def digest(self, text: str, salt: str) -> str:
        """From `md5`."""
        return f"left(md5({self.literal(salt)} || {text}), 8)"

    def aggregate(self, measure: Measure, expression: str, type_name: str) -> str | None:
        """See `MeasureDialect`; the smallest and the greatest come as text, so that no driver rounds them."""
        kind = kind_of(type_name)
        if type_name.startswith("ENUM("):
            expression = f"{expression}::VARCHAR"
        if measure is Measure.DISTINCT:
            return None if type_name.startswith("AGGREGATE_STATE") else f"count(distinct {expression})"
        if measure in (Measure.MIN, Measure.MAX):
            return None if _is_nested(type_name) else self.text(f"{measure}({expression})", type_name)
        if measure is Measure.TRUE and kind is Kind.BOOLEAN:
            return f"count(*) filter (where {expression})"
        if measure in _LENGTHS and kind is Kind.TEXT:
            return f"{_LENGTHS[measure]}(length({expression}))"
        if kind is not Kind.NUMBER:
            return None
        of_numbers = {Measure.SUM: _sum, Measure.MEAN: _mean, Measure.STDDEV: _stddev}
        return of_numbers[measure](expression, type_name) if measure in of_numbers else None

    def quantiles(self, expression: str, type_name: str, shares: Sequence[float]) -> list[str]:
        """All from one sorted list: DuckDB computes equal aggregates once."""
        kind = kind_of(type_name)
        if kind not in (Kind.NUMBER, Kind.MOMENT):
            return ["null"] * len(shares)
        listed = ", ".join(map(self.float_literal, shares))
        if kind is Kind.MOMENT:
            values = f"quantile_cont({_ordinary_moment(expression, type_name)}, [{listed}])"
            return [f"{values}[{place}]::VARCHAR" for place in range(1, len(shares) + 1)]
        values = f"quantile_cont({_double(expression, type_name)}, [{listed}])"
        return [f"{values}[{place}]" for place in range(1, len(shares) + 1)]

    def number(self, expression: str, type_name: str) -> str:
        """A FLOAT is read as it is written: 0.1, not 0.10000000149011612."""
        if kind_of(type_name) is Kind.MOMENT:
            return f"epoch({expression})"
        return f"{expression}::VARCHAR::DOUBLE" if type_name == "FLOAT" else _double(expression, type_name)

    def tally(self, expression: str, size: int) -> list[str]:
        """From `histogram`, which DuckDB computes once."""
        return [f"coalesce(histogram({expression})[{place}], 0)" for place in range(size)]

    def period(self, expression: str, type_name: str, period: Period) -> str:
        """A date so early or late that no period starts there is none."""
        moment = f"try_cast({expression} as TIMESTAMP)" if type_name != "TIMESTAMP" else expression
        return f"try(date_trunc('{period}', {moment})::DATE)::VARCHAR"

    def step(self, base: str, head: str, type_name: str) -> str:
        """Decimals and integers are subtracted exactly where the result fits."""
        decimal = _DECIMAL.fullmatch(type_name)
        if decimal and int(decimal[1]) < _MOST_DIGITS:
            return f"({head} - {base})::DOUBLE"
        if type_name in _INTEGERS:
            return f"({head}::HUGEINT - {base}::HUGEINT)::DOUBLE"
        difference = f"(try_cast({head} as DOUBLE) - try_cast({base} as DOUBLE))"
        return f"case when not isnan({difference}) then {difference} end"

    def only(self, expression: str) -> str:
        """`first` sees nulls, `any_value` does not."""
        return f"first({expression})"

    def alike(self, expression: str, type_name: str) -> str:  # noqa: ARG002 (DuckDB's `max` takes any)
        """The greatest."""
        return f"max({expression})"

    def sorting(self, expression: str, type_name: str) -> str:  # noqa: ARG002 (all of DuckDB's have an order)
        """Itself."""
        return expression

    def percent(self, part: str, whole: str) -> str:
        """Divided."""
        return f"100 * {part} / {whole}"

    def apart(self, left: str, right: str) -> str:
        """Divided."""
        return f"abs({left} - {right}) / nullif(greatest(abs({left}), abs({right})), 0)"

    def subquery(self, query: str) -> str:
        """In brackets."""
        return f"({query})"


def _ordinary_moment(expression: str, type_name: str) -> str:
    """What lies before the year 1 or after 9999 counts as the first or last of these years.

    DuckDB 2.0 falls over the text of a moment interpolated near infinity, and its connection is lost. Null stays null,
    which `least` alone would make the last of these years.
    """
    if type_name == "DATE":
        ordinary = f"greatest(least({expression}, DATE '9999-12-31'), DATE '0001-01-01')::TIMESTAMP"
    else:
        moment = f"{expression}::TIMESTAMP"
        ordinary = f"greatest(least({moment}, TIMESTAMP '9999-12-31 23:59:59'), TIMESTAMP '0001-01-01')"
    return f"case when {expression} is not null then {ordinary} end"


def _is_nested(type_name: str) -> bool:
    return type_name.endswith("]") or type_name.startswith(("STRUCT(", "MAP(", "UNION(", "AGGREGATE_STATE"))


def _double(expression: str, type_name: str) -> str:
    return f"try_cast({expression} as DOUBLE)" if type_name == "BIGNUM" else f"{expression}::DOUBLE"


def _scale_if_wide(type_name: str) -> int | None:
    """The digits behind the point, of a type whose values may add up beyond the range in which DuckDB adds."""
    decimal = _DECIMAL.fullmatch(type_name)
    if decimal and int(decimal[1]) > _SAFE_DIGITS:
        return int(decimal[2])
    return 0 if type_name in _BEYOND_BIGINT else None


def _sum(expression: str, type_name: str) -> str:
    if type_name in _FLOATS:
        # Kahan's sum hardly depends on the order of rows, but can't add up infinities.
        return f"coalesce(case when isfinite(fsum({expression})) then fsum({expression}) end, sum({expression}))"
    scale = _scale_if_wide(type_name)
    if scale is None:
        return f"sum({expression})::VARCHAR"
    # The few great values are added up apart, slowly, as whole numbers of any size.
    greatest = f"'{Decimal(1).scaleb(_SAFE_DIGITS - scale):f}'::{type_name}"
    is_small = f"{expression} between {'0' if type_name == 'UHUGEINT' else f'-{greatest}'} and {greatest}"
    value = f"{expression}::HUGEINT" if type_name == "UHUGEINT" else expression
    digits = f"replace({expression}::VARCHAR, '.', '')::BIGNUM"
    small = f"sum(case when {is_small} then {value} end)::VARCHAR"
    great = f"sum(case when not ({is_small}) then {digits} end)::VARCHAR || 'e-{scale}'"
    return f"nullif(concat_ws(' ', {small}, {great}), '')"


def _mean(expression: str, type_name: str) -> str:
    if type_name in _FLOATS:
        return f"coalesce(case when isfinite(favg({expression})) then favg({expression}) end, avg({expression}))"
    if _scale_if_wide(type_name) is not None or type_name == "BIGNUM":
        return f"favg({_double(expression, type_name)})"
    return f"avg({expression})"


def _stddev(expression: str, type_name: str) -> str:
    """None where a value is no number, or its square no float: DuckDB 1.x fails on these."""
    value = _double(expression, type_name)
    if type_name not in _FLOATS and type_name != "BIGNUM":
        return f"stddev_samp({value})"
    small = f"case when abs({value}) <= {_GREATEST_TO_SQUARE} then {value} end"
    return f"case when count({small}) = count({expression}) then stddev_samp({small}) end"
