"""How a warehouse spells things. One class a warehouse; what to ask lives in `core.scans` and `core.alignment`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core import sql_types
from bot.core.sql_measures import DuckDbMeasures, MeasureDialect
from bot.core.sql_types import Term
from bot.domain import Tolerance

__all__ = ["Dialect", "DuckDb", "Term"]


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

    def fold(self, term: Term, types: tuple[str, str], *, case: bool, trim: bool) -> Term:
        """A lifted value without the difference of upper and lower case, or of spaces at the end; only of texts.

        `types` are those of the two columns. What is no text stays as it is.
        """
        ...

    def within(self, left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
        """Whether two lifted values lie within a tolerance of each other; never null, and it never fails.

        `types` are those of the two columns. None where these have no distance: texts, lists. NaN and infinities are
        within no tolerance of anything.
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

    def choose(self, condition: str, value: Term, otherwise: str) -> str:
        """A value where a condition holds, elsewhere another of its type."""
        ...

    def count_if(self, condition: str) -> str:
        """An aggregate: the number of rows for which a condition holds."""
        ...

    def create_temporary(self, name: str, query: str) -> str:
        """A statement that keeps a query's rows as a temporary table, in place of one of that name."""
        ...

    def insert_temporary(self, name: str, query: str) -> str:
        """A statement that adds a query's rows to a temporary table."""
        ...

    def drop_temporary(self, name: str) -> str:
        """A statement that drops a temporary table."""
        ...

    def temporary(self, name: str) -> str:
        """The name under which a temporary table is asked."""
        ...

    def signed(self, hash_expression: str, sign: str) -> str:
        """An aggregate: `checksum` of the rows of sign 1 less that of sign -1, so 0 where these are the same.

        A hash may be 0: rows have to be counted, too.
        """
        ...

    def is_faithful(self, term: Term) -> bool:
        """Whether equal values always have equal hashes, so that nobody needs to look at those that have not."""
        ...

    def is_small(self, term: Term) -> bool:
        """Whether a lifted value takes little memory, whatever it is."""
        ...

    def distinct_integers(self, expression: str, low: int, high: int) -> str:
        """An aggregate: how many different integers there are; all lie between two bounds. Exact and fast; takes a bit
        for each integer between the bounds."""
        ...

    def is_integer(self, term: Term) -> bool:
        """Whether a lifted value is an integer that fits 63 bits and a sign."""
        ...

    def is_same_type(self, declared: str, actual: str) -> bool:
        """Whether a declared type is this one of the catalog, where the usual words for types mean something else."""
        ...

    def bucket(self, terms: Sequence[Term], bits: int) -> str:
        """A number of a bucket, never null. Of one integer: without its last bits. Otherwise a hash in so many bits."""
        ...

    def first_bits(self, hash_expression: str, bits: int) -> str:
        """The first bits of a row hash, as a number of a bucket."""
        ...

    def part(self, terms: Sequence[Term], parts: int) -> str:
        """A number from 0, less than `parts`, never null: the same for equal values, the rest about evenly."""
        ...

    @property
    def position(self) -> str | None:
        """A column of every stored table that numbers its rows as they lie, fast to filter by. None: there is none."""
        ...


class DuckDb(DuckDbMeasures):
    """DuckDB 1.4 and later. The session's time zone must be UTC."""

    def quote(self, name: str) -> str:
        """In double quotes, those inside doubled."""
        return '"' + name.replace('"', '""') + '"'

    def lift(self, expression: str, own: str, other: str) -> Term:
        """Numbers stay exact, moments are compared in UTC; what has no better common type is compared as text."""
        return sql_types.lift(expression, own, other)

    def fold(self, term: Term, types: tuple[str, str], *, case: bool, trim: bool) -> Term:
        """By `lower` and `rtrim`, where either column is a text."""
        if not (case or trim) or not any(sql_types.is_text(name) for name in types):
            return term
        text = f"{term.expression}::VARCHAR"
        trimmed = f"rtrim({text})" if trim else text
        return Term(f"lower({trimmed})" if case else trimmed, "VARCHAR")

    def within(self, left: str, right: str, types: tuple[str, str], tolerance: Tolerance) -> str | None:
        """In doubles; the difference of exact types is exact before it becomes one."""
        return sql_types.within(left, right, types, tolerance)

    def row_hash(self, terms: Sequence[Term], salt: int = 0) -> str:
        """`hash(...)`: 64 bits, fast. The salt goes first, so that every later step differs."""
        parts = [str(salt)] if salt or not terms else []
        for term in terms:
            parts += sql_types.hashed(term)
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

    def choose(self, condition: str, value: Term, otherwise: str) -> str:
        """By `case`, which DuckDB 1.4 does not know of arrays."""
        if sql_types.is_array(value.type):
            return f"[{value.expression}, {otherwise}][case when {condition} then 1 else 2 end]"
        return f"case when {condition} then {value.expression} else {otherwise} end"

    def count_if(self, condition: str) -> str:
        """With a filter."""
        return f"count(*) filter (where {condition})"

    def create_temporary(self, name: str, query: str) -> str:
        """Created or replaced."""
        return f"create or replace temp table {self.temporary(name)} as {query}"

    def insert_temporary(self, name: str, query: str) -> str:
        """By place."""
        return f"insert into {self.temporary(name)} {query}"

    def drop_temporary(self, name: str) -> str:
        """If it is there."""
        return f"drop table if exists {self.temporary(name)}"

    def temporary(self, name: str) -> str:
        """In the session's own catalog, so that no attached database is meant."""
        return f"temp.{self.quote(name)}"

    def signed(self, hash_expression: str, sign: str) -> str:
        """As `checksum`."""
        return f"sum({hash_expression}::HUGEINT * {sign})"

    def is_faithful(self, term: Term) -> bool:
        """All but what is hashed by its text."""
        return sql_types.hash_is_faithful(term.type)

    def is_small(self, term: Term) -> bool:
        """By its type."""
        return sql_types.is_small(term.type)

    def distinct_integers(self, expression: str, low: int, high: int) -> str:
        """By a string of bits."""
        return f"coalesce(bit_count(bitstring_agg({expression}, {low}, {high})), 0)"

    def is_integer(self, term: Term) -> bool:
        """By its type."""
        return sql_types.is_integer(term.type)

    def is_same_type(self, declared: str, actual: str) -> bool:  # noqa: ARG002
        """The usual words mean what they say."""
        return False

    def bucket(self, terms: Sequence[Term], bits: int) -> str:
        """By shifting, which rounds negative numbers down, too."""
        if len(terms) == 1 and self.is_integer(terms[0]):
            return f"({terms[0].expression}::BIGINT >> {bits})"
        return f"(hash({', '.join(term.expression for term in terms)}) >> {64 - bits})"

    def first_bits(self, hash_expression: str, bits: int) -> str:
        """By shifting."""
        return f"({hash_expression} >> {64 - bits})"

    def part(self, terms: Sequence[Term], parts: int) -> str:
        """By a hash; other bits of it than in `bucket`."""
        return f"(hash({', '.join(term.expression for term in terms)}) % {parts})"

    @property
    def position(self) -> str | None:
        """Of a table that was never updated the rows are numbered without gaps."""
        return "rowid"
