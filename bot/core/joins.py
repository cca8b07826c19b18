"""The statements by which rows are lined up by their key."""

# ruff: noqa: S608 (see `scans`)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.look import Look
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, REMOVED, SAME, SIGNS, Scans, Steps, ask
from bot.core.sql import Term
from bot.core.tuning import Tuning
from bot.domain import Side, Statement

KEPT = {Side.BASE: "proofbot_base_rows", Side.HEAD: "proofbot_head_rows"}
"""Of each row of a side: the key, the open columns, and `x`, the hash of the others."""

BUCKETS = "proofbot_buckets"
"""`g`: the buckets of keys in which the sides differ."""


Parts = tuple[str, ...]
"""Conditions on a key, of which every key meets one; an empty one is met by all."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a join has shown. `changed`, `tolerated` and `columns` are of rows that need not be read, `to_read` rows
    are still to be compared. `keys_repeated`: more rows than keys on one side only."""

    removed: int
    added: int
    keys_repeated: int
    to_read: int
    changed: int
    tolerated: int
    columns: list[int]


def sources(scans: Scans, opened: Sequence[int], *, kept: bool) -> dict[Side, str]:
    """For each side its rows, with `x`, as they may stand after `from`: those kept, or as they lie."""
    if kept:
        return {side: scans.kept(name) for side, name in KEPT.items()}
    if scans.pair.exact:
        return {side: scans.rows(side) for side in Side}
    return {side: f"(select *, {scans.hash(opened)} as x from {scans.rows(side)} t)" for side in Side}


def keep(scans: Scans, opened: Sequence[int], where: str) -> Steps[None]:
    """Keeps KEPT, of the rows for which a condition on their relation holds."""
    names = ", ".join([*scans.key, *(f"c{place}" for place in opened)])
    for side, name in KEPT.items():
        query = f"select {names}, {scans.hash(opened)} as x from {scans.rows(side, where)} t"
        yield scans.keep(name, query, f"hash the rows of {side}")


def drop_kept(scans: Scans) -> Steps[None]:
    """Drops KEPT."""
    for name in KEPT.values():
        yield scans.drop(name)


def digest(scans: Scans, rows: Mapping[Side, str], surplus: str, *, summed: bool) -> Statement:
    """Null keys of base, of head; surplus keys; the sum of the hashes of base and of head, or two that differ."""
    numbers = [f"(select {scans.dialect.count_if(scans.null_key())} from {rows[side]} t)" for side in Side]
    sums = [f"(select {scans.dialect.checksum('x')} from {rows[side]} t)" for side in Side] if summed else ["0", "1"]
    return Statement(f"select {', '.join([*numbers, surplus, *sums])}", "add up the hashes of both sides")


def count_surplus(scans: Scans, sides: Sequence[Side], span: tuple[int, int]) -> Statement:
    """For each side: its surplus keys."""
    counts = ", ".join(scans.surplus(scans.rows(side), span) for side in sides)
    return Statement(f"select {counts}", "look for repeated keys")


def bucket_bits(seen: Look, tuning: Tuning) -> int:
    """For `Dialect.bucket`, so that buckets have about as many rows as they should."""
    wanted = max(seen.most // tuning.bucket_rows, 1)
    if seen.width is not None:
        return min(max((seen.width // wanted).bit_length() - 1, 0), 62)
    return min(max(wanted.bit_length(), 1), 32)


def keep_buckets(scans: Scans, rows: Mapping[Side, str], bits: int) -> Statement:
    """Keeps BUCKETS, of some rows."""
    names = ", ".join([*scans.key, "x"])
    halves = " union all ".join(f"select {names}, {sign} as sign from {rows[side]} t" for side, sign in SIGNS.items())
    query = (
        f"select {_bucket(scans, bits)} as g from ({halves}) t where not {scans.null_key()} "
        f"group by 1 having sum(sign) <> 0 or {scans.dialect.signed('x', 'sign')} <> 0"
    )
    return scans.keep(BUCKETS, query, "find keys whose rows differ")


def parts_by_hash(scans: Scans, seen: Look, bits: int | None, tuning: Tuning) -> Steps[Parts]:
    """Parts of a join of KEPT, so that it does not take too much memory."""
    rows = seen.most
    if bits is not None and rows > tuning.kept_rows:
        (buckets,) = yield from ask(Statement(f"select count(*) from {scans.kept(BUCKETS)}", "count what differs"))
        rows = min(rows, buckets * tuning.bucket_rows * 2)
    parts = -(-rows // tuning.kept_rows)
    if parts < 2:
        return ("",)
    number = scans.dialect.part(_key_terms(scans), parts)
    return tuple(f"{number} = {part}" for part in range(parts))


def parts_by_range(scans: Scans, bounds: tuple[int, int], parts: int) -> Parts:
    """Parts of a join of rows as they lie, where they lie in the order of their key."""
    low, high = bounds
    step = (high - low) // parts + 1
    key = scans.key[0]
    starts = range(low, high + 1, step)
    return tuple(f"{key} >= {start} and {key} < {start + step}" for start in starts)


def compare_candidates(scans: Scans, where: str) -> Statement:
    """Changed rows, rows that differ within the tolerance, then for each column the rows in which it differs."""
    places = range(len(scans.columns))
    differing = ", ".join(f"{scans.differs(place)} as d{place}" for place in places)
    exactly = " or ".join(scans.differs_exactly(place) for place in places) if scans.has_tolerance() else "false"
    count_if = scans.dialect.count_if
    changed = f"({' or '.join(f'd{place}' for place in places)})"
    counts = ", ".join(count_if(f"d{place}") for place in places)
    query = (
        f"select {count_if(changed)}, {count_if(f'differs and not {changed}')}, {counts} from "
        f"(select {differing}, ({exactly}) as differs from {scans.kept(CANDIDATES)} c "
        f"join {scans.rows(Side.BASE, where)} b on {scans.same('c', 'b')} "
        f"join {scans.rows(Side.HEAD, where)} h on {scans.same('c', 'h')} where c.to_read) d"
    )
    return Statement(query, "compare candidates column by column")


@dataclass(frozen=True)
class Join:
    """A full join of both sides by key.

    `rows` are each side's rows with the key, the columns in `opened` and, unless the comparison is exact, `x`. `bits`
    says that only BUCKETS are joined; `keep_all` that every row that differs becomes a candidate, not only those that
    are to be read; `without_repeated` that no key in REPEATED is joined; `parts` how it is cut.
    """

    scans: Scans
    rows: Mapping[Side, str]
    opened: tuple[int, ...]
    bits: int | None
    keep_all: bool
    without_repeated: bool = False
    parts: Parts = ("",)

    def run(self) -> Steps[Found]:
        """Keeps CANDIDATES and counts them."""
        queries = [self._query(part) for part in self.parts]
        yield from self.scans.keep_parts(CANDIDATES, queries, "align rows by key, compare their hashes")
        removed, added, to_read, rows, keys, changed, tolerated, *opened = yield from ask(self._count())
        columns = [0] * len(self.scans.columns)
        for place, number in zip(self.opened, opened, strict=True):
            columns[place] = number
        return Found(removed, added, rows - keys, to_read, changed, tolerated, columns)

    def _query(self, part: str) -> str:
        terms = _key_terms(self.scans)
        numbers = ", ".join(str(number) for number in range(1, len(terms) + 3))
        sums = [f"sum(case when {name} then 1 else 0 end) as {name}" for name in self._flags()]
        telling = f"to_read or {self._any('e')}" if self.keep_all else "to_read"
        kept = ", ".join(
            f"{self.scans.dialect.choose(f'found <> {SAME}', term, 'null')} as {term.expression}" for term in terms
        )
        return (
            f"select {', '.join([kept, 'found', 'to_read', 'count(*) as times', *sums])} from ("
            f"select *, {self._any('d')} as changed, {self._any('e')} and not {self._any('d')} as tolerated, "
            f"case when removed then {REMOVED} when added then {ADDED} "
            f"when {telling} then {DIFFERENT} else {SAME} end as found "
            f"from ({self._pairs(part)}) p) f group by {numbers}"
        )

    def _pairs(self, part: str) -> str:
        """Each row of the join: its key, what became of it, whether the open columns differ (d, and exactly: e)."""
        scans, places = self.scans, self.opened
        hashes_differ = "false" if scans.pair.exact else scans.dialect.differs("b.x", "h.x")
        both = "b.here is not null and h.here is not null"
        compared = f"{both} and not {hashes_differ}"
        columns = [
            *(f"{self._of_either(term)} as {term.expression}" for term in _key_terms(scans)),
            "h.here is null as removed",
            "b.here is null as added",
            f"{both} and {hashes_differ} as to_read",
            *(f"{compared} and {scans.differs(place)} as d{place}" for place in places),
            *(f"{compared} and {scans.differs_exactly(place)} as e{place}" for place in places),
        ]
        sides = [f"{self._side(side, part)} {letter}" for side, letter in ((Side.BASE, "b"), (Side.HEAD, "h"))]
        return f"select {', '.join(columns)} from {sides[0]} full join {sides[1]} on {scans.same('b', 'h')}"

    def _side(self, side: Side, part: str) -> str:
        scans = self.scans
        names = [*scans.key, *(f"c{place}" for place in self.opened), *([] if scans.pair.exact else ["x"])]
        where = f"not {scans.null_key()}"
        if self.bits is not None:
            where += f" and {_bucket(scans, self.bits)} in (select g from {scans.kept(BUCKETS)})"
        if part:
            where += f" and {part}"
        if self.without_repeated:
            where += f" and not {scans.is_repeated()}"
        return f"(select {', '.join(names)}, true as here from {self.rows[side]} t where {where})"

    def _of_either(self, term: Term) -> str:
        name = term.expression
        return self.scans.dialect.choose("b.here is null", Term(f"h.{name}", term.type), f"b.{name}")

    def _any(self, letter: str) -> str:
        return f"({' or '.join(f'{letter}{place}' for place in self.opened) or 'false'})"

    def _flags(self) -> list[str]:
        return ["changed", "tolerated", *(f"d{place}" for place in self.opened)]

    def _count(self) -> Statement:
        """Removed rows, added rows, rows to read; rows and keys of one side only; then each of the flags."""
        numbers = [
            f"sum(case when found = {REMOVED} then times else 0 end)",
            f"sum(case when found = {ADDED} then times else 0 end)",
            "sum(case when to_read then times else 0 end)",
            f"sum(case when found in ({REMOVED}, {ADDED}) then times else 0 end)",
            f"sum(case when found in ({REMOVED}, {ADDED}) then 1 else 0 end)",
            *(f"sum({name})" for name in self._flags()),
        ]
        query = f"select {', '.join(numbers)} from {self.scans.kept(CANDIDATES)}"
        return Statement(query, "count added and removed rows")


def _bucket(scans: Scans, bits: int) -> str:
    return scans.dialect.bucket(_key_terms(scans), bits)


def _key_terms(scans: Scans) -> list[Term]:
    return [scans.terms[place] for place in scans.key_places]
