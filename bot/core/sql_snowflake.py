"""How Snowflake spells what the engine needs to say."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import sql_snowflake_types
from bot.core.sql_snowflake_measures import SnowflakeMeasures
from bot.core.sql_types import Term
from bot.domain import Tolerance

_SALT_OF_PARTS = 30_011


class Snowflake(SnowflakeMeasures):
    """Snowflake. The session's time zone must be UTC, and it must have a current schema (`use schema ...`), in which
    temporary tables may be made: they are named without one.

    Args:
        has_hash: whether there is `HASH`, 64 bits of any values. All accounts have it; a stand-in for tests may not.
            Without it rows are hashed by `md5` of their values' texts.
    """

    def __init__(self, *, has_hash: bool = True) -> None:
        self._has_hash = has_hash

    def quote(self, name: str) -> str:
        """In double quotes, those inside doubled: verbatim, as the catalog has it, which is mostly in upper case."""
        return '"' + name.replace('"', '""') + '"'

    def lift(self, expression: str, own: str, other: str) -> Term:
        """Numbers stay exact, moments are compared as instants; what has no order or no better common type as text."""
        return sql_snowflake_types.lift(expression, own, other)

    def fold(self, term: Term, types: tuple[str, str], *, case: bool, trim: bool) -> Term:
        """By `lower` and `rtrim`, where either column is a text."""
        if not (case or trim) or not any(sql_snowflake_types.is_text(name) for name in types):
            return term
        text = sql_snowflake_types.as_text(term.expression, term.type)
        trimmed = f"rtrim({text})" if trim else text
        return Term(f"lower({trimmed})" if case else trimmed, sql_snowflake_types.TEXT)

    def within(self, left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
        """In floats; the difference of exact types is exact before it becomes one."""
        return sql_snowflake_types.within(left, right, types, tolerance)

    def row_hash(self, terms: Sequence[Term], salt: int = 0) -> str:
        """`hash(...)`: 64 bits with a sign. The salt goes first, so that every later step differs."""
        if self._has_hash:
            parts = [str(salt)] if salt or not terms else []
            return f"hash({', '.join([*parts, *(sql_snowflake_types.hashed(term) for term in terms)])})"
        # 18 digits of md5, made decimal: about 57 bits.
        text = " || ".join([f"'{salt}'", *(sql_snowflake_types.hashed_text(term) for term in terms)])
        return f"left(translate(md5({text}), 'abcdef', '012345'), 18)::number(38,0)"

    def lot(self, terms: Sequence[Term], count: int) -> str:
        """By `row_hash`, in which values that do not differ are the same."""
        return f"mod(abs({self.row_hash(terms)}), {count})"

    def checksum(self, hash_expression: str) -> str:
        """A sum in 38 digits; exclusive or would not see a row that occurs twice more."""
        return f"sum(({hash_expression})::number(38,0))"

    def differs(self, left: str, right: str) -> str:
        """NaN equals NaN, -0.0 equals 0.0; moments with an offset are equal where their instants are."""
        return f"({left} is distinct from {right})"

    def choose(self, condition: str, value: Term, otherwise: str) -> str:
        """By `case`."""
        return f"case when {condition} then {value.expression} else {otherwise} end"

    def count_if(self, condition: str) -> str:
        """`count_if`."""
        return f"count_if({condition})"

    def create_temporary(self, name: str, query: str) -> str:
        """Created or replaced."""
        return f"create or replace temporary table {self.temporary(name)} as {query}"

    def insert_temporary(self, name: str, query: str) -> str:
        """By place."""
        return f"insert into {self.temporary(name)} {query}"

    def drop_temporary(self, name: str) -> str:
        """If it is there."""
        return f"drop table if exists {self.temporary(name)}"

    def temporary(self, name: str) -> str:
        """In the session's current schema, where it hides any other table of the name."""
        return self.quote(name)

    def signed(self, hash_expression: str, sign: str) -> str:
        """As `checksum`."""
        return f"sum(({hash_expression} * {sign})::number(38,0))"

    def is_faithful(self, term: Term) -> bool:
        """All: what has no equality is lifted to a text."""
        return sql_snowflake_types.is_ordered(term.type)

    def is_small(self, term: Term) -> bool:
        """By its type."""
        return sql_snowflake_types.is_small(term.type)

    def distinct_integers(self, expression: str, low: int, high: int) -> str:  # noqa: ARG002 (Snowflake needs no bounds)
        """Counted."""
        return f"count(distinct {expression})"

    def is_integer(self, term: Term) -> bool:
        """By its type."""
        return sql_snowflake_types.is_integer(term.type)

    def is_same_type(self, declared: str, actual: str) -> bool:
        """Every float has 64 bits, and is `FLOAT` in the catalog, whatever it was declared as."""
        return sql_snowflake_types.is_float(declared) and sql_snowflake_types.is_float(actual)

    def bucket(self, terms: Sequence[Term], bits: int) -> str:
        """The greatest multiple of a power of two that is not farther from 0: division would round."""
        if len(terms) == 1 and self.is_integer(terms[0]):
            return f"({terms[0].expression} - mod({terms[0].expression}, {1 << bits}))"
        return self.first_bits(self.row_hash(terms), bits)

    def first_bits(self, hash_expression: str, bits: int) -> str:
        """The last ones: all bits of a hash are as good as random."""
        return f"mod({hash_expression}, {1 << bits})"

    def part(self, terms: Sequence[Term], parts: int) -> str:
        """By another hash than that of `bucket`."""
        return f"mod(abs({self.row_hash(terms, _SALT_OF_PARTS)}), {parts})"

    @property
    def position(self) -> str | None:
        """Snowflake numbers no rows."""
        return None
