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
REPEATED = "proofbot_repeated"
HASHES = "proofbot_hashes"

_REMOVED, _ADDED, _DIFFERENT = 1, 2, 3
_SALT = 20_011


class Scans:
    """Statements about one pair. Numbers in an answer come in the order each method names."""

    def __init__(self, pair: Pair, dialect: Dialect) -> None:
        self._pair = pair
        self._dialect = dialect
        self.columns = tuple(p for p in pair.shared if p.comparable and p.head.name not in pair.uncompared)
        """The columns whose values are compared, those of the key among them."""
        names = [pairing.head.name for pairing in self.columns]
        self._key = [f"c{names.index(name)}" for name in pair.key.columns] if pair.key else []
        self._terms = [self._term(index, pairing) for index, pairing in enumerate(self.columns)]

    def count(self, sides: Sequence[Side]) -> Statement:
        """For each side: its rows."""
        counts = ", ".join(f"(select count(*) from {self._table(side)})" for side in sides)
        return Statement(f"select {counts}", "count rows")

    def totals(self) -> Statement:
        """Rows, checksum and null keys of base, the same of head; then repeated keys of head and their rows."""
        parts = [f"select * from {self._total(Side.BASE)} b cross join {self._total(Side.HEAD)} h"]
        if self._key:
            parts.append(f"cross join {self._repeats(Side.HEAD)} d")
        return Statement(" ".join(parts), "count and hash the rows of both sides")

    def key_facts(self, sides: Sequence[Side]) -> Statement:
        """For each side: null keys, repeated keys and their rows."""
        parts = []
        for side in sides:
            nulls = f"(select {self._dialect.count_if(self._null_key())} as n from {self._rows(side)})"
            parts.append(f"{nulls} {side}_n cross join {self._repeats(side)} {side}_d")
        return Statement(f"select * from {' cross join '.join(parts)}", "look for null and repeated keys")

    def keep_candidates(self, *, without_repeated: bool) -> Statement:
        """Keeps the key at base of each row that is on one side only, or whose hashes differ.

        Null keys are left out. So are repeated ones if they were kept before; otherwise head must not repeat any.
        """
        values = [term for term in self._terms if term.expression not in self._key]
        where = f"not {self._null_key()}" + (f" and not {self._is_repeated()}" if without_repeated else "")
        sides = {
            side: f"(select {', '.join(self._key)}, {self._dialect.row_hash(values)} as x "
            f"from {self._rows(side)} t where {where})"
            for side in Side
        }
        keys = ", ".join(f"b.{name}" for name in self._key)
        found = f"case when h.x is null then {_REMOVED} when b.x is null then {_ADDED} else {_DIFFERENT} end as found"
        query = (
            f"select {keys}, {found} from {sides[Side.BASE]} b full join {sides[Side.HEAD]} h "
            f"on {self._same('b', 'h')} where {self._dialect.differs('b.x', 'h.x')}"
        )
        return Statement(self._dialect.create_temporary(CANDIDATES, query), "align rows by key, compare their hashes")

    def count_candidates(self) -> Statement:
        """Removed rows, removed keys, added rows, rows whose hashes differ."""
        keys = ", ".join(self._key)
        kept = self._kept(CANDIDATES)
        counts = [f"(select count(*) from {kept} where found = {found})" for found in (_REMOVED, _ADDED, _DIFFERENT)]
        distinct = f"(select count(*) from (select distinct {keys} from {kept} where found = {_REMOVED}) r)"
        return Statement(f"select {counts[0]}, {distinct}, {counts[1]}, {counts[2]}", "count added and removed rows")

    def compare_candidates(self) -> Statement:
        """Changed rows, then for each compared column the rows in which it differs."""
        names = [term.expression for term in self._terms]
        differing = ", ".join(f"{self._dialect.differs(f'b.{name}', f'h.{name}')} as {name}" for name in names)
        counts = ", ".join(self._dialect.count_if(name) for name in names)
        return Statement(
            f"select {self._dialect.count_if(' or '.join(names))}, {counts} from (select {differing} "
            f"from {self._kept(CANDIDATES)} c join {self._rows(Side.BASE)} b on {self._same('c', 'b')} "
            f"join {self._rows(Side.HEAD)} h on {self._same('c', 'h')} where c.found = {_DIFFERENT}) d",
            "compare candidates column by column",
        )

    def keep_repeated(self) -> Statement:
        """Keeps the keys that occur more than once on either side, with how often where that is more than once."""
        keys = ", ".join(self._key)
        halves = [
            f"select {keys}, {base} as base_rows, {head} as head_rows from {self._rows(side)} t "
            f"where not {self._null_key()} group by {keys} having count(*) > 1"
            for side, base, head in ((Side.BASE, "count(*)", "0"), (Side.HEAD, "0", "count(*)"))
        ]
        query = (
            f"select {keys}, sum(base_rows) as base_rows, sum(head_rows) as head_rows "
            f"from ({halves[0]} union all {halves[1]}) r group by {keys}"
        )
        return Statement(self._dialect.create_temporary(REPEATED, query), "find repeated keys")

    def count_repeated(self) -> Statement:
        """Repeated keys of base and their rows, then the same of head."""
        counts = ", ".join(
            f"{self._dialect.count_if(f'{side}_rows > 0')}, coalesce(sum({side}_rows), 0)" for side in Side
        )
        return Statement(f"select {counts} from {self._kept(REPEATED)}", "count repeated keys")

    def unkeyed(self, *, repeated: bool) -> str:
        """The condition for rows whose key has a null or, if these were kept, is among the repeated ones."""
        return f"({self._null_key()}{f' or {self._is_repeated()}' if repeated else ''})"

    def keep_hashes(self, condition: str = "") -> Statement:
        """Keeps the hashes of rows that are not equally often on both sides, of all rows or where a condition holds."""
        query = f"select x, y from {self._both_sides(condition)} u group by x, y having sum(sign) <> 0"
        return Statement(self._dialect.create_temporary(HASHES, query), "compare rows without regard to their order")

    def compare_hashes(self, condition: str = "") -> Statement:
        """Rows of base, rows of head; of those whose hashes were kept: rows of base, of head, and of both alike."""
        names = ", ".join(term.expression for term in self._terms)
        where = f" where {condition}" if condition else ""
        totals = ", ".join(f"(select count(*) from {self._rows(side)} t{where})" for side in Side)
        base_rows, head_rows = (self._dialect.count_if(f"sign = {sign}") for sign in ("1", "-1"))
        alike = (
            f"select {base_rows} as base_rows, {head_rows} as head_rows from {self._both_sides(condition)} u "
            f"where exists (select 1 from {self._kept(HASHES)} k where k.x = u.x and k.y = u.y) group by {names}"
        )
        return Statement(
            f"select {totals}, coalesce(sum(base_rows), 0), coalesce(sum(head_rows), 0), "
            f"coalesce(sum(least(base_rows, head_rows)), 0) from ({alike}) g",
            "compare whole rows where hashes differ",
        )

    def drop(self, name: str) -> Statement:
        """Drops what was kept under a name."""
        return Statement(self._dialect.drop_temporary(name), "clean up")

    def _term(self, index: int, pairing: Pairing) -> Term:
        return Term(f"c{index}", self._dialect.lift("x", pairing.base.type, pairing.head.type).type)

    def _table(self, side: Side) -> str:
        return (self._pair.base if side is Side.BASE else self._pair.head).expression

    def _rows(self, side: Side) -> str:
        """The compared columns of a side, lifted, under our names."""
        lifted = []
        for index, pairing in enumerate(self.columns):
            own, other = (pairing.base, pairing.head) if side is Side.BASE else (pairing.head, pairing.base)
            name = self._dialect.quote(own.name)
            lifted.append(f"{self._dialect.lift(name, own.type, other.type).expression} as c{index}")
        return f"(select {', '.join(lifted)} from {self._table(side)})"

    def _total(self, side: Side) -> str:
        checksum = self._dialect.checksum(self._dialect.row_hash(self._terms))
        nulls = self._dialect.count_if(self._null_key()) if self._key else "0"
        return f"(select count(*) as n, {checksum} as x, {nulls} as nulls from {self._rows(side)} t)"

    def _repeats(self, side: Side) -> str:
        keys = ", ".join(self._key)
        groups = (
            f"select count(*) as n from {self._rows(side)} t where not {self._null_key()} "
            f"group by {keys} having count(*) > 1"
        )
        return f"(select count(*) as repeated_keys, coalesce(sum(n), 0) as repeated_rows from ({groups}) g)"

    def _both_sides(self, condition: str) -> str:
        where = f" where {condition}" if condition else ""
        hashes = f"{self._dialect.row_hash(self._terms)} as x, {self._dialect.row_hash(self._terms, _SALT)} as y"
        bags = [
            f"select *, {hashes}, {sign} as sign from {self._rows(side)} t{where}"
            for side, sign in ((Side.BASE, "1"), (Side.HEAD, "-1"))
        ]
        return f"({' union all '.join(bags)})"

    def _null_key(self) -> str:
        return f"({' or '.join(f'{name} is null' for name in self._key)})"

    def _is_repeated(self) -> str:
        return f"exists (select 1 from {self._kept(REPEATED)} r where {self._same('r', 't')})"

    def _same(self, left: str, right: str) -> str:
        return " and ".join(f"{left}.{name} = {right}.{name}" for name in self._key)

    def _kept(self, name: str) -> str:
        return self._dialect.temporary(name)
