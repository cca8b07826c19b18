"""What is asked to learn what rows that differ have in common: their values, and how many other rows have these.

Values never go into a statement: what the differing rows have is looked up in a temporary table each time.
"""

# Statements are text of quoted identifiers, our own words, and numbers; nothing else of the data ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.alignment import Kept
from bot.core.differing import any_differs, both_sides, rows, surplus
from bot.core.kinds import Kind, kind_of
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, REMOVED, Scans
from bot.core.sides import showing_of
from bot.core.sql import Term
from bot.domain import Measure, Showing, Side, Statement

MOST_VALUES = 5
LONGEST_TEXT = 60
SIDES = {REMOVED: Side.BASE, ADDED: Side.HEAD, DIFFERENT: Side.BASE}
"""Of which side's values something is said. Of changed rows it is base's: what was there before the change."""

_TARGETS = "proofbot_targets"
_MOST_COLUMNS = 30
_COUNTED_DISTINCT = 100_000
_SAMPLED_FROM = 50_000
_SAMPLE = 20_000
_LOTS = 1 << 20
_LISTED = (Kind.NUMBER, Kind.MOMENT, Kind.TEXT, Kind.BOOLEAN)
_RANGED = (Kind.NUMBER, Kind.MOMENT)
_FLOATS = ("float", "real", "double")
_GREATEST_FLOAT = 1.7976931348623157e308

Listing = tuple[int, int]
"""A list of values: the place of the column, and the kind of rows."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may be told of: its place among `Scans.columns`; whether values may be listed, and a range told;
    whether it is part of the key."""

    place: int
    name: str
    listed: bool
    ranged: bool
    of_key: bool


def candidates(scans: Scans) -> tuple[Candidate, ...]:
    """The columns that may be told of, in the order of the table, thirty at most: those that may be seen as they are.

    The key's own columns are not listed: that would tell rows, and nothing that these have in common.
    """
    found = []
    for place, pairing in enumerate(scans.columns):
        if showing_of(scans.pair, pairing.head.name) is not Showing.SHOW:
            continue
        known = Kind.OTHER not in (kind_of(pairing.base.type), kind_of(pairing.head.type))
        kind = kind_of(scans.terms[place].type) if known else Kind.OTHER
        is_key = place in scans.key_places
        if kind in _RANGED or not is_key:
            listed = kind in _LISTED and not is_key
            found.append(Candidate(place, pairing.head.name, listed, kind in _RANGED, is_key))
    return tuple(found[:_MOST_COLUMNS])


class Words:
    """The statements about some candidates. Rows of each kind are told apart as in CANDIDATES (see `core.scans`)."""

    def __init__(self, scans: Scans, columns: Sequence[Candidate]) -> None:
        self._scans, self._dialect, self._columns = scans, scans.dialect, columns
        self._targets = scans.kept(_TARGETS)

    def keep_targets(self, kept: Kept) -> Statement:
        """Keeps the rows that differ: `found`, `n` (how many are alike), `lot` (at random), and the candidates, of the
        side of SIDES."""
        scans, parts = self._scans, []
        if kept.candidates:
            for found in (REMOVED, ADDED):
                chosen = f"(select * from {scans.kept(CANDIDATES)} where found = {found}) c"
                joined = f"{chosen} join {rows(scans, SIDES[found])} t on {scans.same('c', 't')}"
                parts.append(f"select {found} as found, 1 as n, {self._lot('t')}, {self._values('t')} from {joined}")
            changed = f"{both_sides(scans)} where {any_differs(scans)}"
            parts.append(f"select {DIFFERENT} as found, 1 as n, {self._lot('b')}, {self._values('b')} from {changed}")
        if kept.hashes:
            parts.append(f"select found, n, {self._lot('s')}, {self._values('s')} from {surplus(scans, kept)} s")
        return scans.keep(_TARGETS, " union all ".join(parts), "keep the rows that differ")

    def drop_targets(self) -> Statement:
        """Drops them."""
        return self._scans.drop(_TARGETS)

    def count_targets(self) -> Statement:
        """Rows of: kind, how many."""
        return Statement(f"select found, sum(n) from {self._targets} group by found", "count the rows that differ")

    def lists(self, found: Sequence[int]) -> list[Listing]:
        """What may be listed."""
        return [(column.place, one) for column in self._columns if column.listed for one in found]

    def sample(self, listings: Sequence[Listing], counted: Mapping[int, int]) -> Statement | None:
        """Rows of: place, kind, rows of a sample, how many of these have one of the most frequent values there.

        Only of kinds with many rows: to count all the values of a column that has too many of them is a waste. None
        where there are no such kinds.

        Args:
            listings: what may be listed.
            counted: rows of each kind.
        """
        blocks = []
        for place, found in listings:
            if counted[found] > _SAMPLED_FROM:
                chosen = f"found = {found} and lot < {_LOTS * _SAMPLE // counted[found]}"
                values = f"select sum(n) as n from {self._targets} where {chosen} and {self._usable(place)}"
                most = f"{values} group by c{place} order by n desc limit {MOST_VALUES}"
                total = f"(select sum(n) from {self._targets} where {chosen})"
                blocks.append(f"select {place} as place, {found} as found, {total}, sum(n) from ({most}) m")
        return Statement(" union all ".join(blocks), "sample the rows that differ") if blocks else None

    def frequencies(self, listings: Sequence[Listing], least: Mapping[int, int]) -> Statement:
        """Rows of: place, kind, rank, value, rows of the kind, rows it is taken from, rows to be taken off those.

        The most frequent values of each kind, where few of them cover nearly all of its rows.

        Args:
            listings: what is to be listed, one thing at least.
            least: for each kind, how many rows the values together must have.
        """
        parts, blocks = [], []
        for place in dict.fromkeys(place for place, _ in listings):
            of_place = {found: least[found] for one, found in listings if one == place}
            parts.append(f"g{place} as ({self._grouped(place)})")
            parts.append(f"k{place} as ({self._most_frequent(place, of_place)})")
            blocks += self._held_against(place, of_place)
        sql = f"with {', '.join(parts)} {' union all '.join(blocks)}"
        return Statement(sql, "count the values of the rows that differ")

    def ranges(self, found: Sequence[int], sizes: Mapping[Side, int]) -> tuple[Statement, tuple[str, ...]]:
        """One row, and the names of its cells. Those of a column start with a name, and end in the kind and its place:

        `low`, `high`: texts of the least and the greatest value of the rows of a kind; `fit`: its rows between them;
        `within`: rows of the side between them; `empty`: rows of the kind without a value; `gone` and `gone_empty`, of
        changed rows only: removed rows among those of the side. By side: `nulls`, its rows without a value, and
        `distinct`, how many values it has, where that is worth while.

        Args:
            found: the kinds that are asked about.
            sizes: rows of each side.
        """
        sides = [side for side in Side if any(SIDES[one] is side for one in found)]
        told: dict[str, str] = {}
        for column in self._columns:
            for one in found:
                told |= self._told(column, one)
            for side in sides:
                told[f"nulls_{side}_{column.place}"] = f"{side}.nulls_{column.place}"
                if self._counts_distinct(column, side, sizes):
                    told[f"distinct_{side}_{column.place}"] = f"{side}.distinct_{column.place}"
        scanned = [f"({self._scanned(side, found, sizes)}) {side}" for side in sides]
        removed = [f"({self._removed()}) gone"] if DIFFERENT in found else []
        sql = (
            f"with ends as ({self._ends(found)}) select {', '.join(told.values())} "
            f"from {' cross join '.join(['ends', *scanned, *removed])}"
        )
        return Statement(sql, "measure the ranges of the rows that differ"), tuple(told)

    def _lot(self, row: str) -> str:
        terms = self._scans.terms
        chosen = [terms[place] for place in self._scans.key_places] or terms
        return f"{self._dialect.lot([Term(f'{row}.{one.expression}', one.type) for one in chosen], _LOTS)} as lot"

    def _values(self, row: str) -> str:
        return ", ".join(f"{row}.c{column.place}" for column in self._columns)

    def _usable(self, place: int, row: str = "") -> str:
        """A condition: there is a value, and it is finite."""
        value, type_name = f"{row}c{place}", self._scans.terms[place].type
        if kind_of(type_name) is Kind.MOMENT:
            return f"({self._dialect.number(value, type_name)} is not null)"
        if type_name.lower().startswith(_FLOATS):
            return f"(abs({value}) <= {self._dialect.float_literal(_GREATEST_FLOAT)})"
        return f"({value} is not null)"

    def _text(self, place: int, value: str) -> str:
        text = self._dialect.text(value, self._scans.terms[place].type)
        return f"left({text}, {LONGEST_TEXT + 1})"

    def _grouped(self, place: int) -> str:
        return (
            f"select found, c{place} as v, sum(n) as n from {self._targets} "
            f"where {self._usable(place)} group by found, c{place}"
        )

    def _most_frequent(self, place: int, least: Mapping[int, int]) -> str:
        tops = [
            f"select {found} as found, v, n, nth from (select v, n, row_number() over (order by n desc, v) as nth, "
            f"sum(n) over () as covered from (select v, n from g{place} where found = {found} "
            f"order by n desc, v limit {MOST_VALUES}) m) r where covered >= {covered}"
            for found, covered in least.items()
        ]
        return " union all ".join(tops)

    def _held_against(self, place: int, least: Mapping[int, int]) -> list[str]:
        """For each side, how many of its rows have the values; and how many rows are taken off again."""
        text = self._text(place, self._dialect.alike("k.v", self._scans.terms[place].type))
        head = f"select {place} as place, k.found, k.nth, {text} as value, max(k.n) as n"
        blocks = []
        for side in Side:
            of_side = [str(found) for found in least if SIDES[found] is side]
            if of_side:
                blocks.append(
                    f"{head}, count(*) as rows_with, 0 as gone from (select * from k{place} "
                    f"where found in ({', '.join(of_side)})) k join {rows(self._scans, side)} t on t.c{place} = k.v "
                    f"group by k.found, k.nth"
                )
        if DIFFERENT in least:
            blocks.append(
                f"{head}, 0, sum(g.n) from k{place} k join g{place} g on g.v = k.v "
                f"where k.found = {DIFFERENT} and g.found = {REMOVED} group by k.found, k.nth"
            )
        return blocks

    def _counts_distinct(self, column: Candidate, side: Side, sizes: Mapping[Side, int]) -> bool:
        return sizes[side] <= _COUNTED_DISTINCT and (column.listed or column.ranged)

    def _told(self, column: Candidate, found: int) -> dict[str, str]:
        side, one = SIDES[found], f"{found}_{column.place}"
        told = {f"empty_{one}": f"ends.empty_{one}"}
        if found == DIFFERENT:
            told[f"gone_empty_{one}"] = f"gone.empty_{column.place}"
        if not column.ranged:
            return told
        for end in ("low", "high"):
            told[f"{end}_{one}"] = self._text(column.place, f"ends.{end}_{one}")
        told[f"fit_{one}"] = f"ends.fit_{one}"
        told[f"within_{one}"] = f"{side}.within_{one}"
        if found == DIFFERENT:
            told[f"gone_{one}"] = f"gone.within_{column.place}"
        return told

    def _ends(self, found: Sequence[int]) -> str:
        measured = []
        for column in self._columns:
            value = f"c{column.place}"
            for one in found:
                of_kind, name = f"found = {one}", f"{one}_{column.place}"
                measured.append(f"sum(case when {of_kind} and {value} is null then n else 0 end) as empty_{name}")
                if column.ranged:
                    usable = f"{of_kind} and {self._usable(column.place)}"
                    measured.append(f"min(case when {usable} then {value} end) as low_{name}")
                    measured.append(f"max(case when {usable} then {value} end) as high_{name}")
                    measured.append(f"sum(case when {usable} then n else 0 end) as fit_{name}")
        return f"select {', '.join(measured)} from {self._targets}"

    def _scanned(self, side: Side, found: Sequence[int], sizes: Mapping[Side, int]) -> str:
        """The figures of all rows of a side."""
        count_if, measured = self._dialect.count_if, []
        for column in self._columns:
            place, value = column.place, f"t.c{column.place}"
            type_name = self._scans.terms[place].type
            measured.append(f"{count_if(f'{value} is null')} as nulls_{place}")
            if self._counts_distinct(column, side, sizes):
                distinct = self._dialect.aggregate(Measure.DISTINCT, value, type_name)
                measured.append(f"{distinct} as distinct_{place}")
            if column.ranged:
                for one in (kind for kind in found if SIDES[kind] is side):
                    within = count_if(f"{value} between e.low_{one}_{place} and e.high_{one}_{place}")
                    measured.append(f"{within} as within_{one}_{place}")
        return f"select {', '.join(measured)} from {rows(self._scans, side)} t cross join ends e"

    def _removed(self) -> str:
        """Of the removed rows, how many would satisfy what is said of the changed ones."""
        measured = []
        for column in self._columns:
            place, value = column.place, f"t.c{column.place}"
            measured.append(f"sum(case when {value} is null then t.n else 0 end) as empty_{place}")
            if column.ranged:
                within = f"{value} between e.low_{DIFFERENT}_{place} and e.high_{DIFFERENT}_{place}"
                measured.append(f"sum(case when {within} then t.n else 0 end) as within_{place}")
        removed = f"(select * from {self._targets} where found = {REMOVED}) t"
        return f"select {', '.join(measured)} from {removed} cross join ends e"
