"""The statements of an alignment: what is asked of the two relations of a pair, in a warehouse's words.

Inside, columns are called c0, c1, ... whatever their names, and are lifted to the type they are compared in.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence

from bot.core.sql import Dialect, Term
from bot.domain import Pair, Pairing, Side, Statement

CANDIDATES = "proofbot_candidates"
"""The columns of the key (`Scans.key`), of whichever side has the row, and `found`: REMOVED, ADDED, or DIFFERENT, which
is a row of both sides that may differ (compare it by `Scans.differs`). Only keys without null, once on each side."""

REPEATED = "proofbot_repeated"
"""The columns of the key, where a side has it more than once; `base_rows` and `head_rows`, each 0 where that side
has it but once or not at all."""

HASHES = "proofbot_hashes"
"""`x` and `y` (see `Scans.bags`) of rows that are not equally often on both sides."""

REMOVED, ADDED, DIFFERENT = 1, 2, 3
_SALT = 20_011


class Scans:
    """Statements about one pair. Numbers in an answer come in the order each method names."""

    def __init__(self, pair: Pair, dialect: Dialect) -> None:
        self.dialect, self.pair = dialect, pair
        self.columns = tuple(p for p in pair.shared if p.comparable and p.head.name not in pair.uncompared)
        """The columns whose values are compared, those of the key among them."""
        names = [pairing.head.name for pairing in self.columns]
        self.key = [f"c{names.index(name)}" for name in pair.key.columns] if pair.key else []
        """Our names of the key's columns."""
        self.terms = [self._term(index, pairing) for index, pairing in enumerate(self.columns)]

    def count(self, sides: Sequence[Side]) -> Statement:
        """For each side: its rows."""
        counts = ", ".join(f"(select count(*) from {self.table(side)})" for side in sides)
        return Statement(f"select {counts}", "count rows")

    def totals(self) -> Statement:
        """Rows, checksum and null keys of base, the same of head; then repeated keys of head and their rows."""
        parts = [f"select * from {self._total(Side.BASE)} b cross join {self._total(Side.HEAD)} h"]
        if self.key:
            parts.append(f"cross join {self._repeats(Side.HEAD)} d")
        return Statement(" ".join(parts), "count and hash the rows of both sides")

    def key_facts(self, sides: Sequence[Side]) -> Statement:
        """For each side: null keys, repeated keys and their rows."""
        parts = []
        for side in sides:
            nulls = f"(select {self.dialect.count_if(self._null_key())} as n from {self.rows(side)})"
            parts.append(f"{nulls} {side}_n cross join {self._repeats(side)} {side}_d")
        return Statement(f"select * from {' cross join '.join(parts)}", "look for null and repeated keys")

    def keep_candidates(self, *, without_repeated: bool) -> Statement:
        """Keeps the key of each row that is on one side only, or whose hashes differ.

        Null keys are left out. So are repeated ones if they were kept before; otherwise head must not repeat any.
        """
        values = [term for term in self.terms if term.expression not in self.key]
        where = f"not {self._null_key()}" + (f" and not {self._is_repeated()}" if without_repeated else "")
        sides = {
            side: f"(select {', '.join(self.key)}, {self.dialect.row_hash(values)} as x "
            f"from {self.rows(side)} t where {where})"
            for side in Side
        }
        keys = ", ".join(f"coalesce(b.{name}, h.{name}) as {name}" for name in self.key)
        found = f"case when h.x is null then {REMOVED} when b.x is null then {ADDED} else {DIFFERENT} end as found"
        query = (
            f"select {keys}, {found} from {sides[Side.BASE]} b full join {sides[Side.HEAD]} h "
            f"on {self.same('b', 'h')} where {self.dialect.differs('b.x', 'h.x')}"
        )
        return Statement(self.dialect.create_temporary(CANDIDATES, query), "align rows by key, compare their hashes")

    def count_candidates(self) -> Statement:
        """Removed rows, removed keys, added rows, rows whose hashes differ."""
        keys = ", ".join(self.key)
        kept = self.kept(CANDIDATES)
        counts = [f"(select count(*) from {kept} where found = {found})" for found in (REMOVED, ADDED, DIFFERENT)]
        distinct = f"(select count(*) from (select distinct {keys} from {kept} where found = {REMOVED}) r)"
        return Statement(f"select {counts[0]}, {distinct}, {counts[1]}, {counts[2]}", "count added and removed rows")

    def compare_candidates(self) -> Statement:
        """Changed rows, then for each compared column the rows in which it differs."""
        names = [term.expression for term in self.terms]
        differing = ", ".join(f"{self.differs(index)} as {name}" for index, name in enumerate(names))
        counts = ", ".join(self.dialect.count_if(name) for name in names)
        return Statement(
            f"select {self.dialect.count_if(' or '.join(names))}, {counts} from (select {differing} "
            f"from {self.kept(CANDIDATES)} c join {self.rows(Side.BASE)} b on {self.same('c', 'b')} "
            f"join {self.rows(Side.HEAD)} h on {self.same('c', 'h')} where c.found = {DIFFERENT}) d",
            "compare candidates column by column",
        )

    def keep_repeated(self) -> Statement:
        """Keeps the keys that occur more than once on either side, with how often where that is more than once."""
        keys = ", ".join(self.key)
        halves = [
            f"select {keys}, {base} as base_rows, {head} as head_rows from {self.rows(side)} t "
            f"where not {self._null_key()} group by {keys} having count(*) > 1"
            for side, base, head in ((Side.BASE, "count(*)", "0"), (Side.HEAD, "0", "count(*)"))
        ]
        query = (
            f"select {keys}, sum(base_rows) as base_rows, sum(head_rows) as head_rows "
            f"from ({halves[0]} union all {halves[1]}) r group by {keys}"
        )
        return Statement(self.dialect.create_temporary(REPEATED, query), "find repeated keys")

    def count_repeated(self) -> Statement:
        """Repeated keys of base and their rows, then the same of head."""
        counts = ", ".join(
            f"{self.dialect.count_if(f'{side}_rows > 0')}, coalesce(sum({side}_rows), 0)" for side in Side
        )
        return Statement(f"select {counts} from {self.kept(REPEATED)}", "count repeated keys")

    def unkeyed(self, *, repeated: bool) -> str:
        """The condition for rows whose key has a null or, if these were kept, is among the repeated ones."""
        return f"({self._null_key()}{f' or {self._is_repeated()}' if repeated else ''})"

    def keep_hashes(self, condition: str = "") -> Statement:
        """Keeps the hashes of rows that are not equally often on both sides, of all rows or where a condition holds."""
        query = f"select x, y from {self.bags(condition)} u group by x, y having sum(sign) <> 0"
        return Statement(self.dialect.create_temporary(HASHES, query), "compare rows without regard to their order")

    def compare_hashes(self, condition: str = "") -> Statement:
        """Rows of base, rows of head; of those whose hashes were kept: rows of base, of head, and of both alike."""
        names = ", ".join(term.expression for term in self.terms)
        where = f" where {condition}" if condition else ""
        totals = ", ".join(f"(select count(*) from {self.rows(side)} t{where})" for side in Side)
        base_rows, head_rows = (self.dialect.count_if(f"sign = {sign}") for sign in ("1", "-1"))
        alike = (
            f"select {base_rows} as base_rows, {head_rows} as head_rows from {self.bags(condition)} u "
            f"where exists (select 1 from {self.kept(HASHES)} k where k.x = u.x and k.y = u.y) group by {names}"
        )
        return Statement(
            f"select {totals}, coalesce(sum(base_rows), 0), coalesce(sum(head_rows), 0), "
            f"coalesce(sum(least(base_rows, head_rows)), 0) from ({alike}) g",
            "compare whole rows where hashes differ",
        )

    def drop(self, name: str) -> Statement:
        """Drops what was kept under a name."""
        return Statement(self.dialect.drop_temporary(name), "clean up")

    def _term(self, index: int, pairing: Pairing) -> Term:
        return Term(f"c{index}", self.dialect.lift("x", pairing.base.type, pairing.head.type).type)

    def differs(self, index: int, left: str = "b", right: str = "h") -> str:
        """Whether the column at this place of `columns` differs between two rows of `rows`, by more than its
        tolerance. Never null."""
        return self.dialect.differs(f"{left}.c{index}", f"{right}.c{index}")

    def table(self, side: Side) -> str:
        """A side's relation, as it may stand after `from`."""
        return (self.pair.base if side is Side.BASE else self.pair.head).expression

    def rows(self, side: Side) -> str:
        """A subquery: the compared columns of a side, lifted, named c0, c1, ... in the order of `columns`."""
        lifted = [f"{self.lifted(index, side)} as c{index}" for index in range(len(self.columns))]
        return f"(select {', '.join(lifted)} from {self.table(side)})"

    def lifted(self, index: int, side: Side) -> str:
        """The column at this place of `columns` as it is compared, over a side's relation itself."""
        pairing = self.columns[index]
        own, other = (pairing.base, pairing.head) if side is Side.BASE else (pairing.head, pairing.base)
        return self.dialect.lift(self.dialect.quote(own.name), own.type, other.type).expression

    def _total(self, side: Side) -> str:
        checksum = self.dialect.checksum(self.dialect.row_hash(self.terms))
        nulls = self.dialect.count_if(self._null_key()) if self.key else "0"
        return f"(select count(*) as n, {checksum} as x, {nulls} as nulls from {self.rows(side)} t)"

    def _repeats(self, side: Side) -> str:
        keys = ", ".join(self.key)
        groups = (
            f"select count(*) as n from {self.rows(side)} t where not {self._null_key()} "
            f"group by {keys} having count(*) > 1"
        )
        return f"(select count(*) as repeated_keys, coalesce(sum(n), 0) as repeated_rows from ({groups}) g)"

    def bags(self, condition: str) -> str:
        """A subquery: the rows of both sides for which a condition holds (all if it is empty), with two hashes of the
        row, `x` and `y`, and `sign`: 1 of base, -1 of head."""
        where = f" where {condition}" if condition else ""
        hashes = f"{self.dialect.row_hash(self.terms)} as x, {self.dialect.row_hash(self.terms, _SALT)} as y"
        bags = [
            f"select *, {hashes}, {sign} as sign from {self.rows(side)} t{where}"
            for side, sign in ((Side.BASE, "1"), (Side.HEAD, "-1"))
        ]
        return f"({' union all '.join(bags)})"

    def _null_key(self) -> str:
        return f"({' or '.join(f'{name} is null' for name in self.key)})"

    def _is_repeated(self) -> str:
        return f"exists (select 1 from {self.kept(REPEATED)} r where {self.same('r', 't')})"

    def same(self, left: str, right: str) -> str:
        """A condition: two rows have the same key."""
        return " and ".join(f"{left}.{name} = {right}.{name}" for name in self.key)

    def kept(self, name: str) -> str:
        """CANDIDATES, REPEATED or HASHES as it may stand after `from`."""
        return self.dialect.temporary(name)
