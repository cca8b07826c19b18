"""How Snowflake spells what is asked of values: aggregates, bins, periods, texts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.core import sql_snowflake_types as types
from bot.core.kinds import Kind, kind_of
from bot.domain import Measure, Period

# Sums hold 38 digits: of values with at most 28, 10^10 rows can be added up.
_SAFE_DIGITS = 28
_DIGITS_OF_HALF = 19
# Squares of greater numbers, added up, leave the range of floats.
_GREATEST_TO_SQUARE = "1e140"
_LENGTHS = {Measure.MIN_LENGTH: "min({0})", Measure.MAX_LENGTH: "max({0})", Measure.MEAN_LENGTH: "avg({0}::float)"}


class SnowflakeMeasures:
    """The session's time zone must be UTC. Formats and the first day of a week may be any."""

    def literal(self, text: str) -> str:
        """In single quotes; those inside, and backslashes, which escape, are doubled."""
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    def float_literal(self, number: float) -> str:
        """Read from its text: 0.1 by itself would be a NUMBER."""
        return f"'{number!r}'::float"

    def text(self, expression: str, type_name: str) -> str:
        """See `sql_snowflake_types.as_text`."""
        return types.as_text(expression, type_name)

    def digest(self, text: str, salt: str) -> str:
        """From `md5`."""
        return f"left(md5({self.literal(salt)} || {text}), 8)"

    def aggregate(self, measure: Measure, expression: str, type_name: str) -> str | None:
        """See `MeasureDialect`; the smallest and the greatest come as text, but for floats, of which a text may have
        fewer digits."""
        kind = kind_of(type_name)
        if measure is Measure.DISTINCT:
            return f"count(distinct {self.sorting(expression, type_name)})"
        if measure in (Measure.MIN, Measure.MAX):
            return _end(str(measure), expression, type_name)
        if measure is Measure.TRUE and kind is Kind.BOOLEAN:
            return f"count_if({expression})"
        if measure in _LENGTHS and kind is Kind.TEXT:
            return _LENGTHS[measure].format(f"length({expression})")
        if not types.is_number(type_name):
            return None
        if measure is Measure.SUM:
            return _sum(expression, type_name)
        value = types.as_float(expression, type_name)
        if measure is Measure.MEAN:
            return f"avg({value})"
        return _stddev(value, type_name) if measure is Measure.STDDEV else None

    def quantiles(self, expression: str, type_name: str, shares: Sequence[float]) -> list[str]:
        """`percentile_cont` knows numbers only: of moments it sees the microseconds since 1970."""
        within = "percentile_cont({0!r}) within group (order by {1})"
        if types.is_moment(type_name):
            ordered = f"date_part(epoch_microsecond, {types.in_utc(expression, type_name)})"
            values = [f"round({within.format(share, ordered)})::number(38,0)" for share in shares]
            return [types.as_text(f"to_timestamp_ntz({value}, 6)", "TIMESTAMP_NTZ") for value in values]
        if types.is_number(type_name):
            return [within.format(share, types.as_float(expression, type_name)) for share in shares]
        return ["null"] * len(shares)

    def number(self, expression: str, type_name: str) -> str:
        """To the microsecond: of whole seconds a float is exact."""
        if types.is_moment(type_name):
            return f"(date_part(epoch_microsecond, {types.in_utc(expression, type_name)})::float / 1e6)"
        return types.as_float(expression, type_name)

    def tally(self, expression: str, size: int) -> list[str]:
        """By `count_if`."""
        return [f"count_if({expression} = {place})" for place in range(size)]

    def period(self, expression: str, type_name: str, period: Period) -> str:
        """A week begins on Monday, whatever WEEK_START says."""
        moment = expression if types.bare(type_name) == "DATE" else types.in_utc(expression, type_name)
        if period is Period.WEEK:
            start = f"dateadd('day', 1 - dayofweekiso({moment}), {moment}::date)"
        else:
            start = f"date_trunc('{period}', {moment}::date)"
        return types.as_text(start, "DATE")

    def step(self, base: str, head: str, type_name: str) -> str:
        """Numbers of up to 38 digits are subtracted exactly where the result fits."""
        difference = types.difference(head, base, type_name)
        if types.digits(type_name):
            return difference
        return f"nullif({difference}, 'nan'::float)"

    def only(self, expression: str) -> str:
        """`any_value`, which knows all types."""
        return f"any_value({expression})"

    def sorting(self, expression: str, type_name: str) -> str:
        """What has no order is sorted by its text."""
        return expression if types.is_ordered(type_name) else types.as_text(expression, type_name)

    def alike(self, expression: str, type_name: str) -> str:  # noqa: ARG002 (of any type)
        """`any_value`, which knows all types."""
        return f"any_value({expression})"

    def percent(self, part: str, whole: str) -> str:
        """Divided."""
        return f"100 * {part} / {whole}"

    def apart(self, left: str, right: str) -> str:
        """Divided."""
        return f"abs({left} - {right}) / nullif(greatest(abs({left}), abs({right})), 0)"

    def subquery(self, query: str) -> str:
        """In brackets."""
        return f"({query})"


def _end(function: str, expression: str, type_name: str) -> str | None:
    if not types.is_ordered(type_name):
        return None
    if types.is_float(type_name):
        return f"{function}({expression}) + 0"
    if types.bare(type_name) == "BOOLEAN":  # has no least value, but false comes before true in texts, too
        return f"{function}({types.as_text(expression, type_name)})"
    return types.as_text(f"{function}({expression})", type_name)


def _sum(expression: str, type_name: str) -> str:
    digits = types.digits(type_name)
    if digits is None:
        return f"sum({expression})"
    if sum(digits) <= _SAFE_DIGITS:
        return f"to_varchar(sum({expression}::{type_name}))"
    # The few great values are added up apart, in two halves of their digits: no sum overflows.
    scale = digits[1]
    limit, half = (f"{Decimal(1).scaleb(places - scale):f}" for places in (_SAFE_DIGITS, _DIGITS_OF_HALF))
    great = f"iff(abs({expression}) < {limit}, null, {expression})"
    low = f"mod({great}, {half})"
    high = f"(({great} - {low}) / {half})::number(38,0)"
    sums = [f"iff(abs({expression}) < {limit}, {expression}, null)::{type_name}", high, f"({low})::{type_name}"]
    small, upper, lower = (f"to_varchar(coalesce(sum({one}), 0))" for one in sums)
    told = f"{small} || ' ' || {upper} || 'e{_DIGITS_OF_HALF - scale} ' || {lower}"
    return f"case when count({expression}) > 0 then {told} end"


def _stddev(value: str, type_name: str) -> str:
    """None where a value is no number, or its square no float."""
    if not types.is_float(type_name):
        return f"stddev_samp({value})"
    small = f"iff(abs({value}) <= {_GREATEST_TO_SQUARE}, {value}, null)"
    return f"case when count({small}) = count({value}) then stddev_samp({small}) end"
