"""How Postgres spells what the engine needs to say."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import sql_postgres_types as types
from bot.core.sql_postgres_measures import PostgresMeasures
from bot.core.sql_types import Term
from bot.domain import Tolerance

_SALT_OF_PARTS, _SALT_OF_LOTS = 30_011, 40_009
_SEEDS_A_COLUMN = 2
# What stands for null at the first place of a row; at the next ones, the numbers that follow.
_NULL = 0x2545F4914F6CDD1D
_POSITIVE = 0x7FFFFFFFFFFFFFFF


class Postgres(PostgresMeasures):
    """PostgreSQL 12 and later.

    The session's time zone must be UTC; dates, intervals and binary values must be written as Postgres does by default
    (DateStyle ISO, IntervalStyle postgres, bytea_output hex, extra_float_digits 1).
    """

    def quote(self, name: str) -> str:
        """In double quotes, those inside doubled."""
        return '"' + name.replace('"', '""') + '"'

    def lift(self, expression: str, own: str, other: str) -> Term:
        """Numbers stay exact, moments are compared in UTC; what has no equality, no hash or no better common type is
        compared as text."""
        return types.lift(expression, own, other)

    def fold(self, term: Term, types_: tuple[str, str], *, case: bool, trim: bool) -> Term:
        """By `lower` and `rtrim`, where either column is a text. What is lower case the database's locale says."""
        if not (case or trim) or not any(types.is_text(name) for name in types_):
            return term
        text = types.as_text(term.expression, term.type)
        text = f"rtrim({text}, ' ')" if trim else text
        return Term(f'(lower({text} collate "default") collate "C")' if case else text, types.TEXT)

    def within(self, left: str, right: str, types_: tuple[str, str], tolerance: Tolerance) -> str | None:
        """In numerics: exact, and no number is too great for them."""
        return types.within(left, right, types_, tolerance)

    def row_hash(self, terms: Sequence[Term], salt: int = 0) -> str:
        """The exclusive or of 64 bits of each value, each with a seed of its own. Why, see ADR 16.

        So columns that are exchanged are seen, and null is a number of its own in each column.
        """
        start = salt * 1_000_003
        hashes = [
            f"coalesce({types.hashed(term, start + place * _SEEDS_A_COLUMN)}, {_NULL + start + place})"
            for place, term in enumerate(terms)
        ]
        return f"({' # '.join(hashes) if hashes else f'{start}::bigint'})"

    def lot(self, terms: Sequence[Term], count: int) -> str:
        """By `row_hash`, in which values that do not differ are the same."""
        return f"(({self.row_hash(terms, _SALT_OF_LOTS)} & {_POSITIVE}) % {count})"

    def checksum(self, hash_expression: str) -> str:
        """A sum, in as many digits as it takes; exclusive or would not see a row that occurs twice more."""
        return f"sum({hash_expression})"

    def differs(self, left: str, right: str) -> str:
        """NaN equals NaN, -0.0 equals 0.0."""
        return f"({left} is distinct from {right})"

    def choose(self, condition: str, value: Term, otherwise: str) -> str:
        """By `case`."""
        return f"case when {condition} then {value.expression} else {otherwise} end"

    def count_if(self, condition: str) -> str:
        """With a filter."""
        return f"count(*) filter (where {condition})"

    def create_temporary(self, name: str, query: str) -> str:
        """Several statements in one text: Postgres can't replace a table, and nobody else analyzes a temporary one. Not
        knowing that only few rows are kept, it joined whole relations with each other before it looked at them."""
        table = self.temporary(name)
        return f"{self.drop_temporary(name)}; create temp table {table} as {query}; analyze {table}"

    def insert_temporary(self, name: str, query: str) -> str:
        """By place."""
        return f"insert into {self.temporary(name)} {query}"

    def drop_temporary(self, name: str) -> str:
        """If it is there."""
        return f"drop table if exists {self.temporary(name)}"

    def temporary(self, name: str) -> str:
        """In the session's own schema."""
        return f"pg_temp.{self.quote(name)}"

    def signed(self, hash_expression: str, sign: str) -> str:
        """Two sums: the least bigint has no opposite."""
        sums = [f"coalesce(sum({hash_expression}) filter (where {sign} {of} 0), 0)" for of in (">", "<")]
        return f"({sums[0]} - {sums[1]})"

    def is_faithful(self, term: Term) -> bool:  # noqa: ARG002 (what is lifted is)
        """All: what Postgres does not hash itself is lifted to a text."""
        return True

    def is_small(self, term: Term) -> bool:
        """By its type."""
        return types.is_small(term.type)

    def distinct_integers(self, expression: str, low: int, high: int) -> str:  # noqa: ARG002 (Postgres has no such bits)
        """Counted."""
        return f"count(distinct {expression})"

    def is_integer(self, term: Term) -> bool:
        """By its type."""
        return types.is_integer(term.type)

    def is_same_type(self, declared: str, actual: str) -> bool:  # noqa: ARG002
        """The usual words mean what they say."""
        return False

    def bucket(self, terms: Sequence[Term], bits: int) -> str:
        """By shifting, which rounds negative numbers down, too."""
        if len(terms) == 1 and self.is_integer(terms[0]):
            return f"({terms[0].expression}::bigint >> {bits})"
        return self.first_bits(self.row_hash(terms), bits)

    def first_bits(self, hash_expression: str, bits: int) -> str:
        """By shifting; with the sign."""
        return f"({hash_expression} >> {64 - bits})"

    def part(self, terms: Sequence[Term], parts: int) -> str:
        """By another hash than that of `bucket`. A row hash, which has no type, is an integer."""
        typed = [term if term.type else Term(term.expression, "bigint") for term in terms]
        return f"(({self.row_hash(typed, _SALT_OF_PARTS)} & {_POSITIVE}) % {parts})"

    @property
    def position(self) -> str | None:
        """`ctid` is no number, and rows that were updated lie elsewhere."""
        return None
