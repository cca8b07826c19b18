"""What the rows added, removed and changed have in common, where a simple condition on one column says it well.

A condition is told if nearly all rows of a kind satisfy it and nearly no other row does, and if rows drawn at random
would hardly ever have one as good (`core.chances`). The other rows are the rest of base for removed rows, the rest of
head for added ones; for changed rows, those of base that were neither changed nor removed. Values of changed rows are
base's, of a column that changed itself, too: which rows were changed is told by what they were before.

What may be told of whom: only columns that may be seen as they are; never a list of values of the key; and a value is
listed only if two rows of the relation have it at least, so that a list never names one row.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.alignment import Kept, align
from bot.core.chances import is_accident, log_chance, log_ways
from bot.core.commonality_sql import LONGEST_TEXT, SIDES, Candidate, Listing, Words, candidates
from bot.core.scans import ADDED, DIFFERENT, REMOVED, Scans, Steps, as_int
from bot.core.sql import Dialect
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import Answer, Common, Pair, Question, Relates, Row, RowKind, Side, Statement

_KINDS = {REMOVED: RowKind.REMOVED, ADDED: RowKind.ADDED, DIFFERENT: RowKind.CHANGED}
_FEWEST_ROWS = 2
_GREATEST_SHARE = 0.8
_LEAST = 0.95
_LEAST_OF_SAMPLE = 0.9
# Each way to put a condition has its share of what may happen by accident; a list of n values half that of n - 1.
_SHARES = {Relates.IN: 1 / 2, Relates.BETWEEN: 1 / 4, Relates.NULL: 1 / 8, Relates.NOT_NULL: 1 / 8}
_PLAINEST = (Relates.IN, Relates.BETWEEN, Relates.NULL, Relates.NOT_NULL)
_VALUES_OF = {Relates.BETWEEN: 2, Relates.NULL: 1, Relates.NOT_NULL: 1}


@dataclass(frozen=True, slots=True)
class Figures:
    """How many rows there are: of each kind, and on each side."""

    kinds: Mapping[RowKind, int]
    sides: Mapping[Side, int]

    @property
    def promising(self) -> tuple[int, ...]:
        """The kinds of which something can be said: neither a single row, nor nearly all there are."""
        found = {number: self.kinds.get(kind, 0) for number, kind in _KINDS.items()}
        return tuple(
            number
            for number, rows in found.items()
            if rows >= _FEWEST_ROWS and rows <= _GREATEST_SHARE * self.population(number)
        )

    def population(self, number: int) -> int:
        """The rows that those of a kind are told from, themselves among them."""
        gone = self.kinds.get(RowKind.REMOVED, 0) if number == DIFFERENT else 0
        return self.sides[SIDES[number]] - gone


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with its figures. `place` is of its column in the table; `ways`: the logarithm of how many conditions
    of its form there are, those that are allowed less counting more. `of_key`: its column is part of the key."""

    common: Common
    place: int
    population: int
    ways: float
    of_key: bool = False

    @property
    def is_telling(self) -> bool:
        """Whether it says something well, and hardly by accident."""
        one = self.common
        if one.recall < _LEAST or one.precision < _LEAST:
            return False
        fitting = one.matching + one.others
        return not is_accident(log_chance(self.population, one.rows, fitting, one.matching), self.ways)

    @property
    def order(self) -> tuple[bool, int, int, bool, int]:
        """The first is the best: those without exception, then those of few values, then the plainest words.

        The key comes after other columns: these are more likely to be the reason.
        """
        one = self.common
        exact = one.others == 0 and one.matching == one.rows
        values = _VALUES_OF.get(one.relates, len(one.values))
        return (not exact, values, _PLAINEST.index(one.relates), self.of_key, self.place)


def find(
    pair: Pair, figures: Figures, dialect: Dialect, tuning: Tuning = DEFAULT
) -> Generator[Statement, list[Row], tuple[Common, ...]]:
    """Asks what the rows of each kind have in common.

    Args:
        pair: whose rows.
        figures: how many rows there are, as the comparison has found; where nothing can be said, nothing is asked.
        dialect: how the warehouse spells SQL.
        tuning: when which way is taken to line up the rows.

    Returns:
        the best condition for each kind that has one: removed, added, changed. None for a kind whose rows turn out to
        be others than those of the figures.
    """
    found = yield from conditions(pair, figures, dialect, tuning)
    best = []
    for kind in RowKind:
        telling = [one for one in found if one.common.kind is kind and one.is_telling]
        if telling:
            best.append(min(telling, key=lambda one: one.order).common)
    return tuple(best)


def conditions(
    pair: Pair, figures: Figures, dialect: Dialect, tuning: Tuning = DEFAULT
) -> Generator[Statement, list[Row], tuple[Condition, ...]]:
    """As `find`: all conditions that were looked at, good or not."""
    found: list[Condition] = []
    if figures.promising and candidates(Scans(pair, dialect)):

        def look(scans: Scans, kept: Kept) -> Generator[Statement, list[Row], dict[Question, Answer]]:
            found.extend((yield from _ask(scans, kept, figures)))
            return {}

        yield from align(pair, [], dialect, look, tuning)
    return tuple(found)


def _ask(scans: Scans, kept: Kept, figures: Figures) -> Steps[list[Condition]]:
    columns = candidates(scans)
    words = Words(scans, columns)
    yield words.keep_targets(kept)
    counted = {as_int(found): as_int(n) for found, n in (yield words.count_targets())}
    # Who counts otherwise would contradict the report.
    agreed = [one for one in figures.promising if counted.get(one, 0) == figures.kinds[_KINDS[one]]]
    if DIFFERENT in agreed and counted.get(REMOVED, 0) != figures.kinds.get(RowKind.REMOVED, 0):
        agreed.remove(DIFFERENT)
    told: list[Condition] = []
    if agreed:
        statement, names = words.ranges(agreed, figures.sides)
        (row,) = yield statement
        cells = dict(zip(names, row, strict=True))
        reading = _Reading(columns, figures, cells)
        told += [one for column in columns for found in agreed for one in reading.of_column(column, found)]
        listings = yield from _choose(words, agreed, counted)
        if listings:
            least = {one: math.ceil(_LEAST * counted[one]) for one in agreed}
            told += reading.of_values((yield words.frequencies(listings, least)))
    yield words.drop_targets()
    return told


def _choose(words: Words, found: Sequence[int], counted: Mapping[int, int]) -> Steps[list[Listing]]:
    """What may be listed, without columns of which a sample shows that few values are not nearly all."""
    listings = words.lists(found)
    sample = words.sample(listings, counted)
    if not sample:
        return listings
    too_many = {
        (as_int(place), as_int(one))
        for place, one, rows, covered in (yield sample)
        if as_int(covered) < _LEAST_OF_SAMPLE * as_int(rows)
    }
    return [one for one in listings if one not in too_many]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A value: its rank by frequency, its text, the rows of the kind that have it, and all rows that do."""

    nth: int
    text: str
    rows: int
    of_all: int


class _Reading:
    """Conditions, from what the warehouse has told."""

    def __init__(self, columns: Sequence[Candidate], figures: Figures, cells: Mapping[str, object]) -> None:
        self._columns = {column.place: column for column in columns}
        self._figures, self._cells = figures, cells

    def of_column(self, column: Candidate, found: int) -> Iterator[Condition]:
        """Null, not null, and the range."""
        one, place = f"{found}_{column.place}", column.place
        empty, nulls = self._number(f"empty_{one}"), self._number(f"nulls_{SIDES[found]}_{place}")
        nulls -= self._number(f"gone_empty_{one}")
        kind_rows = self._figures.kinds[_KINDS[found]]
        with_values = self._figures.population(found) - nulls
        yield self._condition(column, found, (Relates.NULL, ()), (empty, nulls))
        yield self._condition(column, found, (Relates.NOT_NULL, ()), (kind_rows - empty, with_values))
        low, high = (self._cells.get(f"{end}_{one}") for end in ("low", "high"))
        if low is not None and high is not None:
            inside = self._number(f"within_{one}") - self._number(f"gone_{one}")
            yield self._condition(
                column, found, (Relates.BETWEEN, (str(low), str(high))), (self._number(f"fit_{one}"), inside)
            )

    def of_values(self, told: Sequence[Row]) -> Iterator[Condition]:
        """Lists of values: the one that says most, the two that say most, and so on."""
        by_column: dict[tuple[int, int], dict[int, _Listed]] = {}
        for place, found, nth, value, rows, rows_with, gone in told:
            values = by_column.setdefault((as_int(place), as_int(found)), {})
            known = values.get(as_int(nth), _Listed(as_int(nth), str(value), as_int(rows), 0))
            values[known.nth] = replace(known, of_all=known.of_all + as_int(rows_with) - as_int(gone))
        for (place, found), values in by_column.items():
            # Several rows are never one person's; and what is too long is no word that rows have in common.
            listed = [one for one in values.values() if one.of_all >= _FEWEST_ROWS and len(one.text) <= LONGEST_TEXT]
            purest = sorted(listed, key=lambda one: (-one.rows / one.of_all, one.nth))
            for many in range(1, len(purest) + 1):
                chosen = sorted(purest[:many], key=lambda one: one.nth)
                counts = sum(one.rows for one in chosen), sum(one.of_all for one in chosen)
                said = Relates.IN, tuple(one.text for one in chosen)
                rarest = min(one.of_all for one in chosen)
                yield self._condition(self._columns[place], found, said, counts, rarest)

    def _condition(
        self,
        column: Candidate,
        found: int,
        said: tuple[Relates, tuple[str, ...]],
        counts: tuple[int, int],
        rarest: int = 1,
    ) -> Condition:
        """`counts`: rows of the kind that satisfy it, and all rows that do."""
        kind = _KINDS[found]
        common = Common(kind, column.name, *said, self._figures.kinds[kind], counts[0], counts[1] - counts[0])
        ways = math.log(len(self._columns)) + self._ways(column, found, common, rarest)
        return Condition(common, column.place, self._figures.population(found), ways, column.of_key)

    def _ways(self, column: Candidate, found: int, common: Common, rarest: int) -> float:
        """The logarithm of how many such conditions on this column there could be, by the share of what is allowed."""
        share = _SHARES[common.relates]
        population = self._figures.population(found)
        counted = self._cells.get(f"distinct_{SIDES[found]}_{column.place}")
        values = population if counted is None else max(1, as_int(counted))
        if common.relates is Relates.IN:
            share *= 0.5 ** len(common.values)
            if counted is not None:
                return log_ways(values, len(common.values)) - math.log(share)
            # Nobody has counted the values; but those that are in so many rows, in powers of two, cannot be more.
            power = rarest.bit_length() - 1
            at_most = max(len(common.values), population >> power)
            return log_ways(at_most, len(common.values)) + math.log(population.bit_length()) - math.log(share)
        if common.relates is not Relates.BETWEEN:
            return -math.log(share)
        return log_ways(values + 1, 2) - math.log(share)

    def _number(self, name: str) -> int:
        return as_int(self._cells.get(name))
