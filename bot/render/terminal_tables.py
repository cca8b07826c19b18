"""The tables of findings on a terminal, in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.domain import DiffTable
from bot.render.cells import Kind, Word, row
from bot.render.escape import shown, visible
from bot.render.tables import VITAL, Ranked, capitalised, excerpt, heading

_TABLES = 2
_ROWS_OF_VITAL, _ROWS = 15, 5
_COLUMNS = 5
_CELL_CAP = 24


def briefly(tables: Sequence[Ranked]) -> Iterator[RenderableType]:
    """The first rows of the tables that are worth most, and the names of the others."""
    for one in tables[:_TABLES]:
        yield Text(f"  {_title(one)}")
        yield from _excerpt(one.table, _ROWS_OF_VITAL if one.worth == VITAL else _ROWS)
    others = [_title(one) for one in tables[_TABLES:]]
    if others:
        yield Padding(Text(f"In report.json, too: {', '.join(dict.fromkeys(others))}"), (0, 0, 0, 2), expand=False)


def _title(one: Ranked) -> str:
    return visible(capitalised(one.table.title))


def _excerpt(table: DiffTable, rows: int) -> Iterator[RenderableType]:
    part = excerpt(table, rows, _COLUMNS)
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    titles = [column.title for column in part.columns]
    for column in part.columns:
        words = column.title if column.data else heading(column.title, titles)
        title = shown(words, _CELL_CAP) if words else ""
        drawn.add_column(Text(title), justify="right" if column.numeric else "left", overflow="fold")
    for cells in part.rows:
        drawn.add_row(*map(_cell, row(cells, part.columns, _CELL_CAP)))
    yield Padding(drawn, (0, 0, 0, 2), expand=False)
    if part.words():
        yield Text(f"  {part.words()}")


def _cell(found: Sequence[Word]) -> Text:
    return Text(" → ").join(map(_word, found))


def _word(word: Word) -> Text:
    """Null and the empty text stand without quotes, so that the text `null` has to have some."""
    if word.kind in (Kind.NULL, Kind.EMPTY):
        return Text(word.text, style="italic")
    if word.kind is Kind.DATA:
        return Text(f"'{word.text}'" if word.text in ("null", "empty") else word.text)
    return Text(shown(word.text, 2 * _CELL_CAP))
