"""How Postgres spells what is asked of values: aggregates, bins, periods, texts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import sql_postgres_types as types
from bot.core.kinds import Kind, kind_of
from bot.domain import Measure, Period

# Squares of greater numbers, added up, leave the range of floats.
_GREATEST_TO_SQUARE = "1e140"
_LENGTHS = {
    Measure.MIN_LENGTH: "min({0})",
    Measure.MAX_LENGTH: "max({0})",
    Measure.MEAN_LENGTH: "avg({0})::double precision",
}
# A moment so early that no year or week starts before it, and the last date that is a timestamp.
_FIRST, _LAST = "date '4712-01-01 BC'", "date '294276-12-31'"
_HALF = "8e307"
_ZEROS = "'([.]0+|([.][0-9]*[1-9])0+)$'"
_MODEST, _SLIGHT = "1e150", "1e-150"


class PostgresMeasures:
    """PostgreSQL 12 and later. The session's time zone must be UTC."""

    def literal(self, text: str) -> str:
        """In single quotes, those inside doubled; backslashes escape where the text is told to have them."""
        written = text.replace("'", "''")
        return " E'" + written.replace("\\", "\\\\") + "'" if "\\" in written else f"'{written}'"

    def float_literal(self, number: float) -> str:
        """Read from its text: 0.1 by itself would be a numeric."""
        return f"'{number!r}'::double precision"

    def text(self, expression: str, type_name: str) -> str:
        """Cast; -0.0 is written as 0, to which it is equal. A numeric without a scale loses the zeros at its end: a
        division makes many, and they say nothing."""
        text = types.as_text(expression, type_name)
        return f"regexp_replace({text}, {_ZEROS}, E'\\\\2')" if type_name == types.NUMERIC else text

    def digest(self, text: str, salt: str) -> str:
        """From `md5`."""
        return f"left(md5({self.literal(salt)} || {text}), 8)"

    def aggregate(self, measure: Measure, expression: str, type_name: str) -> str | None:
        """See `MeasureDialect`; the smallest and the greatest come as text, so that no driver rounds them."""
        kind = kind_of(type_name)
        if measure is Measure.DISTINCT:
            return f"count(distinct {types.lift(expression, type_name, type_name).expression})"
        if measure in (Measure.MIN, Measure.MAX):
            return _end(str(measure), expression, type_name)
        if measure is Measure.TRUE and kind is Kind.BOOLEAN:
            return f"count(*) filter (where {expression})"
        if measure in _LENGTHS and kind is Kind.TEXT:
            return _LENGTHS[measure].format(f"length({expression}::text)")
        if not types.is_number(type_name):
            return None
        of_numbers = {Measure.SUM: _sum, Measure.MEAN: _mean, Measure.STDDEV: _stddev}
        return of_numbers[measure](expression, type_name) if measure in of_numbers else None

    def quantiles(self, expression: str, type_name: str, shares: Sequence[float]) -> list[str]:
        """All from one sorted list: Postgres computes equal aggregates once. Between two infinities is the first."""
        if types.is_moment(type_name):
            number = _seconds(_ordinary(expression, type_name), type_name)
        elif types.is_number(type_name):
            number = types.as_double(expression, type_name)
        else:
            return ["null"] * len(shares)
        listed = ", ".join(map(repr, shares))
        within = f"(array[{listed}]::double precision[]) within group (order by {number})"
        found = [
            f"coalesce(nullif((percentile_cont{within})[{place}], 'NaN'), (percentile_disc{within})[{place}])"
            for place in range(1, len(shares) + 1)
        ]
        if types.is_moment(type_name):
            return [f"(to_timestamp({one})::timestamp)::text" for one in found]
        return found

    def number(self, expression: str, type_name: str) -> str:
        """A real is read as it is written: 0.1, not 0.10000000149011612."""
        return _seconds(expression, type_name) if types.is_moment(type_name) else types.as_double(expression, type_name)

    def tally(self, expression: str, size: int) -> list[str]:
        """With filters."""
        return [f"count(*) filter (where {expression} = {place})" for place in range(size)]

    def period(self, expression: str, type_name: str, period: Period) -> str:  # noqa: ARG002 (of all alike)
        """A date so early or late that no period starts there is none; infinity is its own."""
        inside = f"isfinite({expression}) and {expression} between {_FIRST} and {_LAST}"
        start = f"date_trunc('{period}', {expression}::timestamp)::date::text"
        return f"(case when {inside} then {start} when not isfinite({expression}) then {expression}::text end)"

    def step(self, base: str, head: str, type_name: str) -> str:
        """Exact numbers are subtracted exactly; floats as floats where nothing can overflow, else exactly, too."""
        if not types.is_float(type_name):
            exact = [types.exactly(value, type_name) for value in (head, base)]
            return types.numeric_as_double(f"({exact[0]} - {exact[1]})")
        return f"nullif({_difference(head, base)}, 'NaN'::double precision)"

    def percent(self, part: str, whole: str) -> str:
        """In floats where nothing can overflow, else in numerics."""
        ordinary = " and ".join(f"abs({one}) between {_SLIGHT} and {_MODEST}" for one in (part, whole))
        exact = [types.exactly(one, types.DOUBLE) for one in (part, whole)]
        return (
            f"(case when {ordinary} then 100 * {part} / {whole} when abs({part}) = 'Infinity' then {part} "
            f"else {types.numeric_as_double(f'(100 * {exact[0]} / nullif({exact[1]}, 0))')} end)"
        )

    def apart(self, left: str, right: str) -> str:
        """In floats where nothing can overflow, else in numerics."""
        sizes = [f"abs({one})" for one in (left, right)]
        ordinary = " and ".join(f"({one} = 0 or {one} between {_SLIGHT} and {_MODEST})" for one in sizes)
        exact = [types.exactly(one, types.DOUBLE) for one in (left, right)]
        greater = f"greatest(abs({exact[0]}), abs({exact[1]}))"
        ratio = f"(abs({exact[0]} - {exact[1]}) / nullif({greater}, 0))"
        return (
            f"(case when {ordinary} then abs({left} - {right}) / nullif(greatest({sizes[0]}, {sizes[1]}), 0) "
            f"else {types.numeric_as_double(ratio)} end)"
        )

    def only(self, expression: str) -> str:
        """The first of one."""
        return f"(array_agg({expression}))[1]"

    def alike(self, expression: str, type_name: str) -> str:  # noqa: ARG002 (of any type)
        """The first: not all types have a greatest."""
        return f"(array_agg({expression}))[1]"

    def sorting(self, expression: str, type_name: str) -> str:
        """As it is lifted: what has no order is a text then."""
        return types.lift(expression, type_name, type_name).expression

    def subquery(self, query: str) -> str:
        """Joined with one row of nothing: Postgres before 16 wants a name for every query, and a join needs none."""
        return f"(({query}) q cross join (select) o)"


def _ordinary(expression: str, type_name: str) -> str:
    """What lies before the year 1 or after 9999 counts as the first or last of these years; null stays null."""
    last = "9999-12-31" if types.bare(type_name) == "date" else "9999-12-31 23:59:59"
    return f"(case when {expression} is not null then greatest(least({expression}, '{last}'), '0001-01-01') end)"


def _seconds(expression: str, type_name: str) -> str:
    """Since 1970, null where it is infinite."""
    # Before Postgres 14 the last dates, which are no timestamps, have no seconds.
    if types.bare(type_name) == "date":
        return (
            f"(case when isfinite({expression}) then ({expression} - date '1970-01-01')::double precision * 86400 end)"
        )
    return f"(case when isfinite({expression}) then date_part('epoch', {expression}) end)"


def _difference(left: str, right: str) -> str:
    fits = " and ".join(f"abs({one}) <= {_HALF}" for one in (left, right))
    finite = " and ".join(f"abs({one}) < 'Infinity'" for one in (left, right))
    exact = [types.exactly(one, types.DOUBLE) for one in (left, right)]
    return (
        f"(case when {fits} or not ({finite}) then {left} - {right} "
        f"else {types.numeric_as_double(f'({exact[0]} - {exact[1]})')} end)"
    )


def _end(function: str, expression: str, type_name: str) -> str | None:
    """Of what Postgres knows no least value of, its text's: of booleans, UUIDs and binaries that is the same."""
    if type_name.endswith("]"):
        return None
    lifted = types.lift(expression, type_name, type_name)
    if types.is_number(lifted.type) or types.is_moment(lifted.type) or types.bare(lifted.type).startswith("time "):
        return types.as_text(f"{function}({lifted.expression})", lifted.type)
    return f"{function}({types.as_text(expression, type_name)})"


def _total(expression: str, type_name: str) -> str:
    """The exact sum of the finite numbers: of floats, too, whose sum would hang on the order of rows, and overflow."""
    if types.is_integer(type_name):
        return f"sum({expression})::numeric"
    return f"sum({types.exactly(expression, type_name)})"


def _special_sum(expression: str) -> str:
    """NaN, an infinity, or null if all is finite."""
    text = f"{expression}::text"
    special = f"{text} in ('NaN', 'Infinity', '-Infinity')"
    return f"sum(case when {special} then {text}::double precision end)"


def _sum(expression: str, type_name: str) -> str:
    total = _total(expression, type_name)
    if types.is_integer(type_name) or types.bare(type_name) == "money":
        return f"{total}::text"
    special = _special_sum(expression)
    if types.is_float(type_name):
        return f"coalesce({special}, {types.numeric_as_double(total)})"
    return f"coalesce({special}::text, {total}::text)"


def _mean(expression: str, type_name: str) -> str:
    mean = types.numeric_as_double(f"({_total(expression, type_name)} / nullif(count({expression}), 0))")
    if types.is_integer(type_name) or types.bare(type_name) == "money":
        return mean
    return f"coalesce({_special_sum(expression)}, {mean})"


def _stddev(expression: str, type_name: str) -> str:
    """None where a value is no number, or its square no float."""
    value = types.as_double(expression, type_name)
    small = f"case when abs({value}) <= {_GREATEST_TO_SQUARE} then {value} end"
    return f"case when count({small}) = count({expression}) then stddev_samp({small}) end"
