"""Which tables a report has to show of a model, what each is worth, and how much of it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.domain import DiffTable, Finding, FromTo, Grade, ModelReport, NamedReport, TableCell, TableColumn
from bot.render import figures

CHANGED_COLUMNS = "Changed columns"
_TYPES = "Columns of another type"
_CHANGED_COLUMNS = (
    TableColumn("Column", data=True),
    TableColumn("Changed rows", numeric=True),
    TableColumn("Match", numeric=True),
)
# What is worth most comes first. The numbers are of no other meaning.
VITAL, _ROWS, _PROFILE, _PERIODS, _TOP, _HISTOGRAM = range(6)
WORTH = range(6)
_BY_CHECK = {"schema": VITAL, "profile": _PROFILE, "build": _PROFILE, "tests": _PROFILE, "top_k": _TOP}
_MOST_COLUMNS = 12
_LEADING_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Ranked:
    """A table, and what it is worth: 0 is the most. After its first `worthy` rows, the others are worth little."""

    worth: int
    table: DiffTable
    worthy: int | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether it tells of all values of a column, as another model may have them, too."""
        return self.worth in (_PROFILE, _TOP, _HISTOGRAM)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a table that is shown. `more_rows` and `more_columns` are those that the table has beside it;
    `unknown_rows` those that the check itself left out."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    more_rows: int
    more_columns: int
    unknown_rows: int

    def words(self) -> str:
        """What is not shown: `12 more rows, 3 more columns`; empty where all is."""
        parts = [(self.more_rows + self.unknown_rows, "more row"), (self.more_columns, "more column")]
        return ", ".join(figures.plural(number, noun) for number, noun in parts if number)


def of_model(model: ModelReport) -> list[Ranked]:
    """The tables of a model's findings, most worth first; what its columns say is one, if no finding has it."""
    found = [_ranked(model, finding, table) for finding in model.findings for table in finding.tables]
    if not any(one.table.title == CHANGED_COLUMNS for one in found):
        found += [Ranked(VITAL, table) for table in _changed_columns(model)]
    return sorted((one for one in found if one.table.rows), key=lambda one: one.worth)


def of_named(named: NamedReport) -> list[Ranked]:
    """The tables of a named check: it was asked for by name, so they are worth much, and most if it does not pass."""
    worth = _ROWS if named.finding.grade is Grade.PASS else VITAL
    return [Ranked(worth, table) for table in named.finding.tables if table.rows]


def excerpt(table: DiffTable, rows: int, columns: int = _MOST_COLUMNS) -> Excerpt:
    """Some rows of a table: the first of each kind, if it has kinds of rows. Of many columns the first few, those that
    differ in these rows, then the others."""
    shown = _of_each_kind(table, rows)
    places = _places(table, shown, columns)
    return Excerpt(
        tuple(table.columns[place] for place in places),
        tuple(tuple(row[place] for place in places) for row in shown),
        len(table.rows) - len(shown),
        len(table.columns) - len(places),
        table.left_out,
    )


def capitalised(title: str) -> str:
    """A title of ours, as titles start."""
    return title[:1].upper() + title[1:]


def heading(title: str, titles: Iterable[str]) -> str:
    """A column's title of ours, without the unit, which every cell has, unless it tells it from one of the others."""
    bare = title.removesuffix(" %")
    return capitalised(title if bare in titles else bare)


def has_types(model: ModelReport) -> bool:
    """Whether a table tells which columns have another type."""
    return any(table.title == _TYPES and table.rows for finding in model.findings for table in finding.tables)


def equal_columns(model: ModelReport) -> int:
    """How many of the compared columns are the same in every row, where some are not."""
    changed = sum(1 for number in model.columns.changed.values() if number) if model.columns else 0
    return max(len(model.columns.compared) - changed, 0) if model.columns and changed else 0


def _ranked(model: ModelReport, finding: Finding, table: DiffTable) -> Ranked:
    """The table with its worth. What a profile tells of columns that one side alone has comes last: it is no change."""
    worth = _worth(finding, table)
    if finding.check != "profile" or not model.columns or not table.columns or not table.columns[0].data:
        return Ranked(worth, table)
    alone = {*model.columns.added, *model.columns.removed}
    shared = tuple(row for row in table.rows if row[0] not in alone)
    others = tuple(row for row in table.rows if row[0] in alone)
    if not shared or not others:
        return Ranked(worth, table)
    return Ranked(worth, replace(table, rows=(*shared, *others)), len(shared))


def _worth(finding: Finding, table: DiffTable) -> int:
    if finding.check == "values":
        return VITAL if table.title == CHANGED_COLUMNS else _PERIODS if " by " in f" {table.title.lower()}" else _ROWS
    return _HISTOGRAM if finding.check == "histogram" else _BY_CHECK.get(finding.check, _ROWS)


def _changed_columns(model: ModelReport) -> Iterable[DiffTable]:
    """The columns whose values changed, most first, with the share of rows that match of those both sides have."""
    if not model.columns or not model.rows:
        return
    both = (model.rows.changed or 0) + (model.rows.unchanged or 0)
    changed = sorted(model.columns.changed.items(), key=lambda item: (-item[1], item[0]))
    rows = tuple(
        (name, number, figures.share(both - number, both) if number <= both and both else None)
        for name, number in changed
        if number
    )
    yield DiffTable(CHANGED_COLUMNS, _CHANGED_COLUMNS, rows)


def _of_each_kind(table: DiffTable, most: int) -> list[tuple[TableCell, ...]]:
    """The first rows, or where a first column of ours says of which kind each is, the first of each, in their order."""
    if len(table.rows) <= most or not table.columns or table.columns[0].data:
        return list(table.rows[:most])
    of_its_kind: Counter[TableCell] = Counter()
    turns = []
    for place, row in enumerate(table.rows):
        turns.append((of_its_kind[row[0]], place))
        of_its_kind[row[0]] += 1
    return [table.rows[place] for place in sorted(place for _, place in sorted(turns)[:most])]


def _places(table: DiffTable, rows: Iterable[tuple[TableCell, ...]], most: int) -> list[int]:
    everywhere = range(len(table.columns))
    differing = {place for row in rows for place in everywhere if isinstance(row[place], FromTo)}
    by_worth = sorted(everywhere, key=lambda place: (place >= _LEADING_COLUMNS, place not in differing))
    return sorted(by_worth[:most])
