"""What close looks at values need to say, in plain SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from bot.core.sql_plain_types import Family, Texts, Type, read
from bot.core.sql_plain_words import Words
from bot.core.sql_types import Term
from bot.domain import Measure, Period

_LENGTHS = {Measure.MIN_LENGTH: "min", Measure.MAX_LENGTH: "max", Measure.MEAN_LENGTH: "avg"}
# Sums of decimals hold 38 digits: of values with at most 28, 10^10 rows can be added up.
_SAFE_DIGITS = 28
_SCALE_OF_FLOATS = 10
_GREATEST_TO_SQUARE = "1e140"
_GREATEST_TO_ADD = "1e290"
_GREATEST_TO_STEP = "1e305"  # the step is yet to become a percentage, and some warehouses fail where that is infinite
_MOST_WHOLE_DIGITS_OF_FLOATS = "1e18"
_TEXTS = frozenset({Family.TEXT, Family.SEALED})


class PlainMeasures:
    """A MeasureDialect of plain SQL.

    Args:
        words: the warehouse's.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.texts = Texts(words)

    def literal(self, text: str) -> str:
        """As the warehouse writes it."""
        return exp.Literal.string(text).sql(dialect=self.words.sqlglot)

    def float_literal(self, number: float) -> str:
        """Read from its text; infinity as the warehouse says it."""
        if number in (float("inf"), float("-inf")):
            return self.words.infinity if number > 0 else f"(-{self.words.infinity})"
        return f"cast('{number!r}' as {self.words.float_type})"

    def text(self, expression: str, type_name: str) -> str:
        """Cast; a text that was sealed for comparing is itself again."""
        if not type_name:
            return self.words.plain.format(expression)
        return self.texts.shown(expression, read(type_name, self.words))

    def exact_text(self, term: Term) -> str:
        """A text that values of a term have in common if and only if they are equal; null stays null."""
        if not term.type:
            return self.words.plain.format(term.expression)
        return self.texts.exact(term.expression, read(term.type, self.words))

    def digest(self, text: str, salt: str) -> str:
        """From MD5."""
        return self.words.digest.format(f"({self.literal(salt)}{self.words.joined}{text})")

    def aggregate(self, measure: Measure, expression: str, type_name: str) -> str | None:
        """See `MeasureDialect`. A sum that does not fit 38 digits is null."""
        of = read(type_name, self.words)
        if measure is Measure.DISTINCT:
            return f"count(distinct {self._comparable(expression, of)})"
        if measure in (Measure.MIN, Measure.MAX):
            return self._extreme(str(measure), expression, of)
        if measure is Measure.TRUE and of.family is Family.BOOLEAN:
            return f"count(case when {expression} then 1 end)"
        if measure in _LENGTHS and of.family is Family.TEXT:
            length = f"{'len' if self.words.sqlglot == 'tsql' else 'length'}({expression})"
            number = self._float(length) if measure is Measure.MEAN_LENGTH else length
            return f"{_LENGTHS[measure]}({number})"
        if not of.is_number:
            return None
        of_numbers = {Measure.SUM: self._sum, Measure.MEAN: self._mean}
        if measure is Measure.STDDEV:
            return self._deviation(expression)
        return of_numbers[measure](expression, of) if measure in of_numbers else None

    def quantiles(self, expression: str, type_name: str, shares: Sequence[float]) -> list[str]:
        """Null where the warehouse has only approximate ones."""
        of = read(type_name, self.words)
        if self.words.quantile is None or not of.is_number:
            return ["null"] * len(shares)
        return [self.words.quantile.format(self._float(expression), repr(share)) for share in shares]

    def number(self, expression: str, type_name: str) -> str:
        """A float; of a moment the seconds since 1970."""
        of = read(type_name, self.words)
        if of.is_dated:
            return f"{self._micros(expression, of)} / {self._float('1000000')}"
        if of.family is Family.SEALED:
            return self._float(self.words.unseal.format(expression))
        return expression if of.bare == self.words.float_type else self._float(expression)

    def tally(self, expression: str, size: int) -> list[str]:
        """By `case`."""
        return [f"count(case when {expression} = {place} then 1 end)" for place in range(size)]

    def period(self, expression: str, type_name: str, period: Period) -> str:
        """The first day, cut off from the moment as the warehouse does; instants are cut in UTC where it can."""
        of = read(type_name, self.words)
        words = self.words
        if of.family is Family.INSTANT and words.sqlglot not in ("spark", "databricks"):
            expression = words.utc.format(expression)
        if words.sqlglot == "tsql":
            return words.date_text.format(words.own_words[period].format(expression))
        return words.truncated.format(expression, words.own_words.get(period, period))

    def step(self, base: str, head: str, type_name: str) -> str:
        """Integers and decimals are subtracted exactly where the result fits."""
        of = read(type_name, self.words)
        if of.family is Family.INTEGER:
            wide = [f"cast({side} as {self.words.wide.format(0)})" for side in (head, base)]
            return self._float(f"({wide[0]} - {wide[1]})")
        if of.family is Family.DECIMAL and of.digits and sum(of.digits) < 2 * 19 and of.bare != "bignumeric":
            return self._float(f"({head} - {base})")
        before, after = (self.number(side, type_name) for side in (base, head))
        finite = " and ".join(f"abs({side}) < {_GREATEST_TO_STEP}" for side in (before, after))
        return f"case when {finite} then {after} - {before} end"

    def alike(self, expression: str, type_name: str) -> str:
        """Any value; T-SQL has no greatest of two booleans."""
        of = read(type_name, self.words)
        is_bit = of.family is Family.BOOLEAN and not self.words.plain_booleans
        return self.only(f"case when {expression} then 1 when not {expression} then 0 end" if is_bit else expression)

    def sorting(self, expression: str, type_name: str) -> str:
        """Itself; what has no order by its text."""
        return self._comparable(expression, read(type_name, self.words))

    def only(self, expression: str) -> str:
        """Any value: there is but one."""
        return self.words.any_value.format(expression)

    def _float(self, expression: str) -> str:
        return f"cast({expression} as {self.words.float_type})"

    def _micros(self, expression: str, of: Type) -> str:
        """Whole microseconds since 1970."""
        return (self.words.instant_micros if of.family is Family.INSTANT else self.words.micros).format(expression)

    def _comparable(self, expression: str, of: Type) -> str:
        """A value in a form that can be counted."""
        if of.family is Family.TEXT:
            sealed = self.words.seal.format("x") != "x"
            return self.words.seal.format(self.words.plain.format(expression)) if sealed else expression
        if of.family in (Family.OTHER, Family.BYTES):
            return self.texts.shown(expression, of)
        return expression

    def _extreme(self, measure: str, expression: str, of: Type) -> str | None:
        """The smallest or greatest as text, so that no driver rounds it."""
        if of.family in (Family.OTHER, Family.BYTES):
            return None
        if of.family is Family.BOOLEAN:
            number = f"{measure}(case when {expression} then 1 when not {expression} then 0 end)"
            return f"case {number} when 1 then 'true' when 0 then 'false' end"
        if of.family is Family.FLOAT and not self.words.equal_nan:
            expression = f"case when {expression} = {expression} then {expression} end"
        extreme = f"{measure}({self._comparable(expression, of)})"
        is_sealed = of.family is Family.TEXT and self._comparable("x", of) != "x"
        return self.words.unseal.format(extreme) if is_sealed else self.texts.shown(extreme, of)

    def _sum(self, expression: str, of: Type) -> str:
        if of.family is Family.FLOAT:
            return self._sum_of_floats(expression)
        return self.words.plain.format(self._exact_sum(expression, of))

    def _exact_sum(self, expression: str, of: Type) -> str:
        whole, scale = of.digits or (_SAFE_DIGITS, _SCALE_OF_FLOATS)
        wide = self.words.wide.format(scale)
        if whole + scale <= _SAFE_DIGITS or self.words.wide == "bignumeric":
            return f"sum(cast({expression} as {wide}))"
        # Nothing is told of numbers so great that their sum may not fit.
        small = f"abs({self._float(expression)}) < 1e{_SAFE_DIGITS - scale}"
        value = f"sum(case when {small} then cast({expression} as {wide}) end)"
        return f"case when count(case when {small} then 1 end) = count({expression}) then {value} end"

    def _sum_of_floats(self, expression: str) -> str:
        """As decimals where these hold them all: so it does not depend on the order of rows. Else null where it might
        be no number."""
        value = self._float(expression)
        ordinary = f"abs({value}) < {_MOST_WHOLE_DIGITS_OF_FLOATS}"
        exact = f"sum(cast(case when {ordinary} then {value} end as {self.words.wide.format(_SCALE_OF_FLOATS)}))"
        finite = f"abs({value}) < {_GREATEST_TO_ADD}"
        plain = f"sum(case when {finite} then {value} end)"
        return (
            f"case when count(case when {ordinary} then 1 end) = count({expression}) then {self._float(exact)} "
            f"when count(case when {finite} then 1 end) = count({expression}) then {plain} end"
        )

    def _mean(self, expression: str, of: Type) -> str:
        total = self._sum_of_floats(expression) if of.family is Family.FLOAT else self._exact_sum(expression, of)
        return f"({self._float(total)}) / nullif(count({expression}), 0)"

    def _deviation(self, expression: str) -> str:
        """None where a value is no number, or its square no float."""
        value = self._float(expression)
        small = f"abs({value}) <= {_GREATEST_TO_SQUARE}"
        deviation = self.words.deviation.format(f"case when {small} then {value} end")
        return f"case when count(case when {small} then 1 end) = count({expression}) then {deviation} end"

    def percent(self, part: str, whole: str) -> str:
        """Divided."""
        return f"100 * {part} / {whole}"

    def apart(self, left: str, right: str) -> str:
        """Divided."""
        return f"abs({left} - {right}) / nullif(greatest(abs({left}), abs({right})), 0)"

    def subquery(self, query: str) -> str:
        """In brackets."""
        return f"({query})"
