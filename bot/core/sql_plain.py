"""Plain SQL, as all warehouses have it, for those that nobody has written a dialect of their own for.

What differs between them is in two places: words (`core.sql_plain_words`) are put into the fragments here, and whole
statements, with what the engine says around them, are put right by `Plain.spell` before they are asked.
"""

# Statements are text of quoted identifiers, our own words, and numbers; nothing else of the data ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from bot.core import sql_plain_spelling as spelling
from bot.core.sql import Term
from bot.core.sql_plain_measures import PlainMeasures
from bot.core.sql_plain_types import SEALED, Family, Type, read
from bot.core.sql_plain_words import SESSION, WORDS
from bot.domain import Tolerance

_MOST_DIGITS = 38
_ORDINARY = "1e18"  # below it a whole number fits 64 bits
_FINITE = "1e307"  # two such numbers can be added up
_SMALL = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT, Family.BOOLEAN}) | {
    Family.DATE,
    Family.MOMENT,
    Family.INSTANT,
}
_LOT, _PART = 7, 11


class Plain(PlainMeasures):
    """A Dialect of plain SQL.

    Args:
        target: the warehouse's name in sqlglot: one of `sql_plain_words.WORDS`. Another one raises KeyError.

    Statements of the engine must go through `spell`. Where a warehouse has no temporary tables, their names begin with
    `SESSION`: who asks puts others in place of these. To create a table that is there drops it first.
    """

    def __init__(self, target: str) -> None:
        super().__init__(WORDS[target])

    def spell(self, sql: str) -> str:
        """A statement of the engine as this warehouse understands it."""
        return spelling.spell(sql, self.words)

    def quote(self, name: str) -> str:
        """As the warehouse quotes."""
        return exp.to_identifier(name, quoted=True).sql(dialect=self.words.sqlglot)

    def lift(self, expression: str, own: str, other: str) -> Term:
        """Numbers stay exact, moments are compared in UTC; what has no better common type is compared as text."""
        mine, theirs = read(own, self.words), read(other, self.words)
        families = {mine.family, theirs.family}
        if mine.is_number and theirs.is_number:
            return self._lift_number(expression, (own, mine), (other, theirs))
        if mine.is_dated and theirs.is_dated:
            return self._lift_moment(expression, (own, mine), (other, theirs))
        keeps = families <= {Family.BOOLEAN, Family.TIME, Family.TEXT} and own == other
        if keeps and (Family.TEXT not in families or self._sealed("x") == "x"):
            return Term(expression, own)
        return self._as_text(expression, mine, theirs)

    def fold(self, term: Term, types: tuple[str, str], *, case: bool, trim: bool) -> Term:
        """By `lower` and `rtrim`, where either column is a text."""
        if not (case or trim) or not any(read(name, self.words).family is Family.TEXT for name in types):
            return term
        text = self.text(term.expression, term.type)
        text = f"rtrim({text})" if trim else text
        return self._seal(f"lower({text})" if case else text)

    def within(self, left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
        """In floats; the difference of exact types is exact before it becomes one where it fits."""
        mine, theirs = (read(name, self.words) for name in types)
        lifted = self.lift("x", *types).type
        values = [self.number(side, lifted) for side in (left, right)]
        sizes = [f"abs({value})" for value in values]
        bounds = [str(tolerance.absolute)] if tolerance.absolute is not None else []
        if mine.is_number and theirs.is_number:
            if tolerance.relative is not None:
                greater = f"case when {sizes[0]} > {sizes[1]} then {sizes[0]} else {sizes[1]} end"
                bounds.append(f"{tolerance.relative} * {greater}")
            distance = f"abs({self._difference(left, right, lifted)})"
        elif mine.is_dated and theirs.is_dated:
            micros = [self._micros(side, read(lifted, self.words)) for side in (left, right)]
            distance = f"abs({micros[0]} - {micros[1]}) / {self._float('1000000')}"
        else:
            return None
        if not bounds:
            return None
        finite = " and ".join(f"{size} < {_FINITE}" for size in sizes)
        near = " or ".join(f"{distance} <= {bound}" for bound in bounds)
        # What is not finite is not subtracted: some warehouses fail on it.
        return f"(case when {finite} then case when {near} then 1 else 0 end else 0 end = 1)"

    def row_hash(self, terms: Sequence[Term], salt: int = 0) -> str:
        """Of one text of all values, in which none can be taken for a part of another one."""
        words = self.words
        parts = [f"'{salt};'"] if salt or not terms else []
        for term in terms:
            text = self.exact_text(term)
            if words.pieced:
                parts.append(f"coalesce({words.plain.format(words.hash.format(text))}, 'n'){words.joined}','")
                continue
            length = words.plain.format(words.length.format(text))
            parts.append(f"coalesce({length}{words.joined}':'{words.joined}{text}, 'n')")
        return words.hash.format(words.joined.join(parts))

    def lot(self, terms: Sequence[Term], count: int) -> str:
        """From a hash: equal values have equal texts."""
        return self._modulo(self.row_hash(terms, _LOT), count)

    def checksum(self, hash_expression: str) -> str:
        """A sum in 38 digits."""
        return f"sum({self._wide(hash_expression)})"

    def differs(self, left: str, right: str) -> str:
        """By `case`, which all of them have."""
        equal = f"{left} = {right} or ({left} is null and {right} is null)"
        if not self.words.equal_nan:
            equal += f" or ({left} <> {left} and {right} <> {right})"
        return f"(case when {equal} then 0 else 1 end = 1)"

    def choose(self, condition: str, value: Term, otherwise: str) -> str:
        """By `case`."""
        return f"case when {condition} then {value.expression} else {otherwise} end"

    def count_if(self, condition: str) -> str:
        """By `case`."""
        return f"count(case when {condition} then 1 end)"

    def create_temporary(self, name: str, query: str) -> str:
        """A table; who asks drops one of this name before."""
        if self.words.sqlglot == "tsql":
            return f"select * into {self.temporary(name)} from ({query}) q"
        kind = "temporary table" if self.words.temporary else "table"
        return f"create {kind} {self.temporary(name)} as {query}"

    def insert_temporary(self, name: str, query: str) -> str:
        """By place."""
        return f"insert into {self.temporary(name)} {query}"

    def drop_temporary(self, name: str) -> str:
        """If it is there."""
        return f"drop table if exists {self.temporary(name)}"

    def temporary(self, name: str) -> str:
        """Its own name, or that of a table that stands for it."""
        if self.words.sqlglot == "tsql":
            return self.quote(f"#{name}")
        return self.quote(name if self.words.temporary else f"{SESSION}{name}")

    def signed(self, hash_expression: str, sign: str) -> str:
        """As `checksum`."""
        wide = self._wide(hash_expression)
        return f"sum(case when {sign} = 1 then {wide} else -{wide} end)"

    def is_faithful(self, term: Term) -> bool:  # noqa: ARG002 (of any)
        """Always: what is lifted has one text for one value."""
        return True

    def is_small(self, term: Term) -> bool:
        """By its type."""
        return read(term.type, self.words).family in _SMALL

    def distinct_integers(self, expression: str, low: int, high: int) -> str:  # noqa: ARG002 (no bits here)
        """By counting them one by one: only some warehouses know bits."""
        return f"count(distinct {expression})"

    def is_integer(self, term: Term) -> bool:
        """By its type."""
        return read(term.type, self.words).family is Family.INTEGER

    def is_same_type(self, declared: str, actual: str) -> bool:
        """Floats of as many bytes have several names: `double precision` is `float` in SQL Server."""
        wanted, found = read(declared, self.words), read(actual, self.words)
        singles = [name.lower() in self.words.singles for name in (declared, actual)]
        return wanted.family is found.family is Family.FLOAT and singles[0] is singles[1]

    def bucket(self, terms: Sequence[Term], bits: int) -> str:
        """By division, in floats: near the ends of 64 bits buckets are uneven, and equal values share one."""
        if len(terms) == 1 and self.is_integer(terms[0]):
            value = f"cast({terms[0].expression} as {self.words.float_type})"
            return f"cast(floor({value} / {self._float(str(1 << bits))}) as {self.words.integer_type})"
        return self._modulo(self.row_hash(terms), 1 << bits)

    def first_bits(self, hash_expression: str, bits: int) -> str:
        """By the rest: any bits do."""
        return self._modulo(hash_expression, 1 << bits)

    def part(self, terms: Sequence[Term], parts: int) -> str:
        """By a hash with a salt of its own."""
        return self._modulo(self.row_hash(terms, _PART), parts)

    @property
    def position(self) -> str | None:
        """None: rows have no order."""
        return None

    def _modulo(self, number: str, count: int) -> str:
        """The rest of a division, never negative."""
        rest = self.words.modulo.format(number, count)
        return f"(case when {rest} < 0 then {rest} + {count} else {rest} end)"

    def _wide(self, number: str) -> str:
        return f"cast({number} as {self.words.wide.format(0)})"

    # --- common types --------------------------------------------------------------------------------------------

    def _as_text(self, expression: str, of: Type, other: Type) -> Term:
        """Of two types that have nothing else in common, what a reader sees."""
        text = self.texts.exact if of.family is other.family else self.texts.shown
        return self._seal(text(expression, of))

    def _plain(self, expression: str) -> str:
        return self.words.plain.format(expression)

    def _sealed(self, text: str) -> str:
        return self.words.seal.format(text)

    def _seal(self, text: str) -> Term:
        sealed = self._sealed(text)
        return Term(sealed, self.words.text_type if sealed == text else SEALED)

    def _lift_moment(self, expression: str, own: tuple[str, Type], other: tuple[str, Type]) -> Term:
        name, mine = own
        keeps_instants = self.words.sqlglot in ("bigquery", "spark", "databricks")
        if name == other[0] and (mine.family is not Family.INSTANT or keeps_instants):
            return Term(expression, name)
        if mine.family is Family.INSTANT:
            moment = self.words.utc.format(expression)
            if self.words.sqlglot in ("spark", "databricks"):
                return Term(moment, "timestamp")
            return Term(moment, self.words.moment_type)
        return Term(f"cast({expression} as {self.words.moment_type})", self.words.moment_type)

    def _lift_number(self, expression: str, own: tuple[str, Type], other: tuple[str, Type]) -> Term:
        words, (name, mine), (other_name, theirs) = self.words, own, other
        families = {mine.family, theirs.family}
        if name == other_name:
            return Term(expression, name)
        if families == {Family.INTEGER}:
            return Term(f"cast({expression} as {words.integer_type})", words.integer_type)
        if families == {Family.FLOAT} or (Family.FLOAT in families and words.mixed_as_float):
            return Term(f"cast({expression} as {words.float_type})", words.float_type)
        if Family.FLOAT not in families and mine.digits and theirs.digits:
            whole = max(mine.digits[0], theirs.digits[0])
            scale = max(mine.digits[1], theirs.digits[1])
            if words.sqlglot == "bigquery" and max(whole, scale) <= _MOST_DIGITS:
                return Term(f"cast({expression} as bignumeric)", "bignumeric")
            if whole + scale <= _MOST_DIGITS:
                common = f"decimal({whole + scale}, {scale})"
                return Term(f"cast({expression} as {common})", common)
        return self._seal(self._number_text(expression, name, mine))

    def _number_text(self, expression: str, name: str, of: Type) -> str:
        """One text for one number: whole numbers in digits, others as floats are written, if they are such."""
        words = self.words
        as_float = f"cast({expression} as {words.float_type})"
        is_whole = f"abs({as_float}) < {_ORDINARY} and {expression} = floor({expression})"
        whole = self._plain(f"cast({expression} as {words.integer_type})")
        written = words.float_text.format(as_float)
        if of.family is Family.FLOAT:
            return f"case when {is_whole} then {whole} else {written} end"
        digits = of.digits[0] if of.digits else _MOST_DIGITS
        limit = f"9.2e{digits - 1}" if of.family is Family.INTEGER else f"9e{digits - 1}"
        fits = f"abs({as_float}) < {limit} and cast({as_float} as {name}) = {expression}"
        return f"case when {is_whole} then {whole} when {fits} then {written} else {self._plain(expression)} end"

    def _difference(self, left: str, right: str, lifted: str) -> str:
        return self.step(right, left, lifted)
