"""What can be asked of a Pair, and the answers.

A question is a value: equal questions of several checks are asked once. Columns are named as at head; a column that
only base has, as at base. Counts are int. What is shown of the data comes as text, as far as the pair's `showing`
allows.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from bot.domain.words import Measure, Period, RowKind, Side

# --- about one side ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows has this side? Answer: int."""

    side: Side


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """How good is the key on this side? Answer: KeyCounts. Only asked of a pair with a key."""

    side: Side


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What is this aggregate of this column on this side? Answer: Scalar.

    `at` is the share of a quantile, from 0 to 1, and None for every other measure. Counts are int; `mean`, `stddev`,
    quantiles and mean lengths float; `sum`, `min`, `max` of numbers int or float, of everything else the text; None
    where there is no value that is not null, and where the measure means nothing for the column's type.

    What no finite float says exactly comes as text: a long decimal, `NaN`, `Infinity`. So does the smallest, the
    greatest value or a quantile of a column that may not be seen: as far as it may, None where it is hidden.
    """

    side: Side
    column: str
    measure: Measure
    at: float | None = None


@dataclass(frozen=True, slots=True)
class FirstRows:
    """Which are the first rows of this side, ordered by all columns? Answer: Examples, of kind added or removed."""

    side: Side
    limit: int


# --- about both sides, each column by itself ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Which values of this column are the most frequent ones, and which appeared or vanished? Answer: FrequencyTable.

    The `limit` most frequent of each side, and at most as many that appeared and that vanished.
    """

    column: str
    limit: int


@dataclass(frozen=True, slots=True)
class Bins:
    """How many values lie in each bin? Answer: BinCounts.

    `edges` are ascending numbers; of dates and moments, seconds since 1970 (UTC). A bin holds its lower edge; the last
    one holds its upper edge, too. NaN and what lies outside is counted apart.
    """

    column: str
    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Distance:
    """How far are the distributions of this column apart, by Kolmogorov and Smirnov? Answer: float, or None where one
    side has no value.

    The greatest difference of the two cumulative distributions, exactly, from 0 to 1.
    """

    column: str


# --- about how the rows compare ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How do the rows compare? Answer: RowCounts."""


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """In how many of the rows present on both sides does this column (head's spelling) differ?

    Answer: int. Only asked of a pair with a key. What lies within the column's tolerance does not differ.
    """

    column: str


@dataclass(frozen=True, slots=True)
class Extent:
    """By how much did this numeric column change in the rows present on both sides? Answer: Extents.

    Only asked of a pair with a key, and of a column that holds numbers on both sides.
    """

    column: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """In how many of the rows present on both sides equals base's one column head's other? Answer: LikenessCounts.

    Only asked of a pair with a key. Where either value is not null.
    """

    base: str
    head: str


@dataclass(frozen=True, slots=True)
class ExampleRows:
    """Which rows were added, removed, changed? Answer: Examples, at most `limit` rows of each kind.

    Of each combination of changed columns one row, the most frequent combination first, then the second of each, and so
    on; otherwise in the order of the key. `by_extent` orders the changed rows by how much this numeric column changed.
    """

    limit: int
    by_extent: str | None = None


@dataclass(frozen=True, slots=True)
class PeriodChanges:
    """In which periods of a time column lie the rows that were added, removed, changed? Answer: tuple[PeriodCounts].

    In order of time, null first. Head's value counts, and base's for a removed row. Periods without a change are left
    out.
    """

    column: str
    period: Period


@dataclass(frozen=True, slots=True)
class RepeatedKeys:
    """Which keys are repeated at head, and more often there than at base? Answer: tuple[RepeatedKey].

    The most repeated first. Only asked of a pair with a key.
    """

    limit: int


Question = (
    RowCount
    | KeyFacts
    | Aggregate
    | FirstRows
    | Frequencies
    | Bins
    | Distance
    | RowChanges
    | ColumnChanges
    | Extent
    | Likeness
    | ExampleRows
    | PeriodChanges
    | RepeatedKeys
)

# --- answers -----------------------------------------------------------------------------------------------------

Scalar = int | float | str | None


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """`null_rows`: rows with a null in any key column. `duplicate_keys`: keys without null that occur more than
    once. `duplicate_rows`: the rows that carry them."""

    null_rows: int
    duplicate_keys: int
    duplicate_rows: int


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How rows compare; `added + changed + unchanged` is the head's row count, `removed + changed + unchanged` the
    base's. `unkeyed` says how many rows (both sides together) had an unusable key (null or repeated on either
    side) and were compared as a multiset. `tolerated` of the unchanged rows differ, within the tolerance."""

    base: int
    head: int
    added: int
    removed: int
    changed: int
    unchanged: int
    unkeyed: int = 0
    tolerated: int = 0


@dataclass(frozen=True, slots=True)
class Frequency:
    """A value as it may be shown (None is null), and in how many rows of each side it is."""

    value: str | None
    base: int
    head: int


@dataclass(frozen=True, slots=True)
class FrequencyTable:
    """`top`: by the greater of both counts, then by value. `appeared` and `vanished`: how many values are on one side
    only; `new` and `gone`: the most frequent of them. Null counts as a value."""

    top: tuple[Frequency, ...]
    appeared: int
    vanished: int
    new: tuple[Frequency, ...] = ()
    gone: tuple[Frequency, ...] = ()


@dataclass(frozen=True, slots=True)
class BinCounts:
    """Rows in each bin, on each side; `*_outside`: values in none of them (NaN counts here), nulls left out."""

    base: tuple[int, ...]
    head: tuple[int, ...]
    base_outside: int = 0
    head_outside: int = 0


@dataclass(frozen=True, slots=True)
class Extents:
    """The greatest step up and down (head less base, `down` is 0 or below), the same in percent of base's magnitude.

    0 where there is none; percentages are None where base is 0 for a row that changed. What is null or NaN on a side
    does not count.
    """

    up: float
    down: float
    up_percent: float | None
    down_percent: float | None


@dataclass(frozen=True, slots=True)
class LikenessCounts:
    """`equal` of the `compared` rows."""

    equal: int
    compared: int


@dataclass(frozen=True, slots=True)
class Example:
    """A row. Cells are in the order of the `columns` of its Examples, as text; None is null. `base` is None for an
    added row, `head` for a removed one. `changed` are the places of the cells that differ."""

    kind: RowKind
    base: tuple[str | None, ...] | None
    head: tuple[str | None, ...] | None
    changed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """Some rows, and the columns whose values they show: those of the key first. None is hidden here: what may not be
    shown is not among the columns."""

    columns: tuple[str, ...]
    rows: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """The first day of a period as an ISO date (None where the column is null), and the rows of it that changed."""

    start: str | None
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class RepeatedKey:
    """A key, as it may be shown, and in how many rows of each side it is."""

    key: tuple[str | None, ...]
    base: int
    head: int


Answer = (
    Scalar
    | KeyCounts
    | RowCounts
    | FrequencyTable
    | BinCounts
    | Extents
    | LikenessCounts
    | Examples
    | tuple[PeriodCounts, ...]
    | tuple[RepeatedKey, ...]
)
Answers = Mapping[Question, Answer]
Cell = object
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for the warehouse, and a word on what it is for (shown with -v)."""

    sql: str
    purpose: str


# A conversation of the engine with the warehouse: yields statements, is sent their rows, returns answers.
Inquiry = Generator[Statement, list[Row], Answers]
