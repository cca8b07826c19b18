"""The tables of findings in Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import accumulate

from bot.domain import DiffTable, FromTo, TableColumn
from bot.render import figures
from bot.render.cells import Kind, Word, row
from bot.render.escape import code_span, prose
from bot.render.markdown_style import COMMENT, Style
from bot.render.markdown_table import table as markdown_table
from bot.render.tables import Excerpt, capitalised, excerpt, heading

_HEADER = 2
_LEAST_COLUMNS, _MOST_THAT_DIFFER = 3, 6
_BESIDE_A_CELL = 5  # what the frame of a cell takes, in characters
_TITLE_CAP = 40
_PROSE_CAP = 120
_PLAIN_TITLE = re.compile(r"[A-Z][a-z]+(?: [a-z]+)*")


def evidence(table: DiffTable, style: Style = COMMENT, worthy: int | None = None) -> str:
    """A table below its title; what is left out of it is said. In a short page, only the rows that are worthy."""
    rows = style.rows if worthy is None or style.whole else min(worthy, style.rows)
    shown = _narrowed(table, rows, style)
    lines = _lines(shown)
    fitting = sum(total <= style.characters for total in accumulate(map(len, lines))) - _HEADER
    if fitting < len(shown.rows):
        shown = excerpt(table, max(fitting, 1), len(shown.columns))
        lines = _lines(shown)
    title = prose(capitalised(table.title)).strip()
    return "\n\n".join(filter(None, [f"**{title}**" if title else "", "\n".join(lines), _left_out(shown, style)]))


def _narrowed(table: DiffTable, rows: int, style: Style) -> Excerpt:
    """The rows with as many columns as are in sight without scrolling; those that differ stay longer."""
    shown = excerpt(table, rows, style.columns)
    if style.whole:
        return shown
    differing = sum(any(isinstance(row[place], FromTo) for row in shown.rows) for place in range(len(shown.columns)))
    least = max(_LEAST_COLUMNS, min(differing + _LEAST_COLUMNS - 1, _MOST_THAT_DIFFER))
    while len(shown.columns) > least and sum(_widths(shown)) > style.width:
        shown = excerpt(table, rows, len(shown.columns) - 1)
    return shown


def _widths(shown: Excerpt) -> list[int]:
    """How wide each column is, about, in characters."""
    widths = [min(len(column.title), _TITLE_CAP) for column in shown.columns]
    for cells in shown.rows:
        found = row(cells, shown.columns)
        widths = [
            max(width, sum(len(word.text) for word in words) + 3 * (len(words) - 1))
            for width, words in zip(widths, found, strict=True)
        ]
    return [width + _BESIDE_A_CELL for width in widths]


def _lines(shown: Excerpt) -> list[str]:
    titles = [column.title for column in shown.columns]
    header = [(_title(column, titles), "right" if column.numeric else "left") for column in shown.columns]
    rows = [
        [_cell(found, column) for found, column in zip(row(cells, shown.columns), shown.columns, strict=True)]
        for cells in shown.rows
    ]
    return markdown_table(header, rows)


def _title(column: TableColumn, titles: Sequence[str]) -> str:
    """A title of the project's words is code; but for plain English, which most likely is ours, and is harmless."""
    if not column.title:
        return ""
    is_code = column.data and not _PLAIN_TITLE.fullmatch(column.title)
    return code_span(column.title, _TITLE_CAP) if is_code else prose(heading(column.title, titles), _TITLE_CAP)


def _cell(found: Sequence[Word], column: TableColumn) -> str:
    text = " → ".join(map(_word, found))
    return f"**{text}**" if column.data and len(found) > 1 else text


def _word(word: Word) -> str:
    if word.kind is Kind.DATA:
        return code_span(word.text)
    if word.kind in (Kind.NULL, Kind.EMPTY):
        return f"_{word.text}_"
    return prose(word.text, _PROSE_CAP) if word.kind is Kind.PROSE else html.escape(word.text)


def _left_out(shown: Excerpt, style: Style) -> str:
    if not shown.words():
        return ""
    known = ["them"]
    if shown.unknown_rows:
        rows = f"{figures.count(shown.more_rows)} of these rows" if shown.more_rows else ""
        known = [rows, "these columns" if shown.more_columns else ""]
    said = " and ".join(filter(None, known))
    return f"*Not shown: {shown.words()}.*" + (f" {capitalised(style.holder)} has {said}." if said else "")
