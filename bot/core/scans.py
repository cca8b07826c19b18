"""The words for the two relations of a pair: their rows, keys and columns, as all statements about them say it.

Inside, columns are called c0, c1, ... whatever their names, and are lifted to the type they are compared in.
"""

# Statements are text of quoted identifiers, our own words, and numbers; nothing else of the data ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from decimal import Decimal
from typing import TypeVar

from bot.core.sql import Dialect, Term
from bot.domain import Pair, Row, Side, Statement

CANDIDATES = "proofbot_candidates"
"""The columns of the key (`Scans.key`), of whichever side has the row, and `found`: REMOVED, ADDED, or DIFFERENT, which
is a row of both sides that may differ (compare it by `Scans.differs`). Only keys without null, once on each side.
Rows with another `found` tell nothing."""

REPEATED = "proofbot_repeated"
"""The columns of the key, where a side has it more than once; `base_rows` and `head_rows`, each 0 where that side
has it but once or not at all."""

HASHES = "proofbot_hashes"
"""`x` and `y` (see `Scans.bags`) of rows that are not equally often on both sides."""

SAME, REMOVED, ADDED, DIFFERENT = 0, 1, 2, 3
SIGNS = {Side.BASE: 1, Side.HEAD: -1}
_SALT = 20_011

_T = TypeVar("_T")
Steps = Generator[Statement, list[Row], _T]
"""A part of a conversation with the warehouse."""


def ask(statement: Statement) -> Steps[tuple[int, ...]]:
    """The numbers of the one row that answers a statement; null (a sum over no rows) is 0."""
    rows = yield statement
    return tuple(as_int(cell) for cell in rows[0])


def as_int(cell: object) -> int:
    """A cell that holds a whole number, in whatever type: a sum may come as 8.0; null is 0."""
    if cell is None:
        return 0
    return cell if isinstance(cell, int) else int(Decimal(str(cell)))


class Scans:
    """What can be said about one pair."""

    def __init__(self, pair: Pair, dialect: Dialect) -> None:
        self.dialect, self.pair = dialect, pair
        self.columns = tuple(p for p in pair.shared if p.comparable and p.head.name not in pair.uncompared)
        """The columns whose values are compared, those of the key among them."""
        names = [pairing.head.name for pairing in self.columns]
        self.key_places = [names.index(name) for name in pair.key.columns] if pair.key else []
        self.key = [f"c{place}" for place in self.key_places]
        """Our names of the key's columns."""
        self.terms = [Term(f"c{index}", self._lift(index, Side.HEAD).type) for index in range(len(self.columns))]

    def table(self, side: Side) -> str:
        """A side's relation, as it may stand after `from`."""
        return (self.pair.base if side is Side.BASE else self.pair.head).expression

    def rows(self, side: Side, where: str = "", also: str = "") -> str:
        """A subquery: the compared columns of a side, lifted, named c0, c1, ... in the order of `columns`.

        `where` is a condition and `also` one more column, both in the words of the relation itself.
        """
        lifted = [f"{self.lifted(index, side)} as c{index}" for index in range(len(self.columns))]
        selected = ", ".join([*lifted, also] if also else lifted)
        return f"(select {selected} from {self.table(side)}{f' where {where}' if where else ''})"

    def lifted(self, index: int, side: Side) -> str:
        """The column at this place of `columns` as it is compared, over a side's relation itself."""
        return self._lift(index, side).expression

    def differs(self, index: int, left: str = "b", right: str = "h") -> str:
        """Whether the column at this place of `columns` differs between two rows of `rows`, by more than its
        tolerance. Never null."""
        exactly = self.differs_exactly(index, left, right)
        within = self._within(index, left, right)
        return f"({exactly} and not {within})" if within else exactly

    def differs_exactly(self, index: int, left: str = "b", right: str = "h") -> str:
        """As `differs`, without any tolerance."""
        return self.dialect.differs(f"{left}.c{index}", f"{right}.c{index}")

    def has_tolerance(self) -> bool:
        """Whether any column allows a difference."""
        return any(self._within(index, "b", "h") for index in range(len(self.columns)))

    def same(self, left: str, right: str) -> str:
        """A condition: two rows have the same key."""
        return " and ".join(f"{left}.{name} = {right}.{name}" for name in self.key)

    def null_key(self) -> str:
        """A condition: the key has a null."""
        return f"({' or '.join(f'{name} is null' for name in self.key)})"

    def is_repeated(self, row: str = "t") -> str:
        """A condition: the key of a row is among those kept as REPEATED."""
        return f"exists (select 1 from {self.kept(REPEATED)} r where {self.same('r', row)})"

    def surplus(self, rows: str, span: tuple[int, int] | None) -> str:
        """A number: how many of some rows have a key, without null, that an earlier one has; 0 if and only if none has,
        but for a chance of telling more. `span` are bounds of a key of integers that can be counted by bits."""
        keys = ", ".join(self.key)
        if span:
            distinct = self.dialect.distinct_integers(keys, *span)
            return f"(select count({keys}) - {distinct} from {rows} t)"
        terms = [self.terms[place] for place in self.key_places]
        # Keys that share a hash are told apart later, when keys that are repeated are looked for in earnest.
        by = self.dialect.row_hash(terms) if all(self.dialect.is_faithful(term) for term in terms) else keys
        groups = f"select count(*) as n from {rows} t where not {self.null_key()} group by {by} having count(*) > 1"
        return f"(select coalesce(sum(n - 1), 0) from ({groups}) g)"

    def unkeyed(self, *, repeated: bool) -> str:
        """The condition for rows (called t) whose key has a null or, if these were kept, is among the repeated ones."""
        return f"({self.null_key()}{f' or {self.is_repeated()}' if repeated else ''})"

    def hash(self, left_out: Collection[int] = (), salt: int = 0) -> str:
        """A hash of a row of `rows`, but for the columns at some places."""
        terms = [term for place, term in enumerate(self.terms) if place not in left_out]
        return self.dialect.row_hash(terms, salt)

    def bags(self, condition: str, where: str = "") -> str:
        """A subquery: the rows of both sides for which a condition holds (all if it is empty), with two hashes of the
        row, `x` and `y`, and `sign`: 1 of base, -1 of head. `where` as in `rows`."""
        return f"({' union all '.join(self.bag(side, condition, where) for side in Side)})"

    def bag(self, side: Side, condition: str, where: str = "") -> str:
        """As `bags`, of one side."""
        of_rows = f" where {condition}" if condition else ""
        hashes = f"{self.hash()} as x, {self.hash(salt=_SALT)} as y, {SIGNS[side]} as sign"
        return f"(select *, {hashes} from {self.rows(side, where)} t{of_rows})"

    def kept(self, name: str) -> str:
        """CANDIDATES, REPEATED or HASHES as it may stand after `from`."""
        return self.dialect.temporary(name)

    def keep(self, name: str, query: str, purpose: str) -> Statement:
        """Keeps the rows of a query under a name."""
        return Statement(self.dialect.create_temporary(name, query), purpose)

    def keep_parts(self, name: str, queries: Sequence[str], purpose: str) -> Steps[None]:
        """Keeps the rows of several queries, one after the other, so that each has the memory to itself."""
        yield self.keep(name, queries[0], purpose)
        for query in queries[1:]:
            yield Statement(self.dialect.insert_temporary(name, query), purpose)

    def drop(self, name: str) -> Statement:
        """Drops what was kept under a name."""
        return Statement(self.dialect.drop_temporary(name), "clean up")

    def _lift(self, index: int, side: Side) -> Term:
        pairing = self.columns[index]
        own, other = (pairing.base, pairing.head) if side is Side.BASE else (pairing.head, pairing.base)
        term = self.dialect.lift(self.dialect.quote(own.name), own.type, other.type)
        return self.dialect.fold(term, (own.type, other.type), case=pairing.fold_case, trim=pairing.trim)

    def _within(self, index: int, left: str, right: str) -> str | None:
        pairing = self.columns[index]
        if pairing.tolerance is None:
            return None
        types = (pairing.base.type, pairing.head.type)
        return self.dialect.within(f"{left}.c{index}", f"{right}.c{index}", types, pairing.tolerance)
