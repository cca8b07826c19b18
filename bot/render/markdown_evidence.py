"""The tables of findings in Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import accumulate

from bot.domain import DiffTable, TableColumn
from bot.render import figures
from bot.render.cells import Kind, Word, row
from bot.render.escape import code_span, prose
from bot.render.markdown_table import table as markdown_table
from bot.render.tables import Excerpt, capitalised, excerpt, heading

_ROWS = 30
_HEADER = 2
_CHARACTERS = 6_000  # of one table, so that wide rows don't push out the tables of other models
_TITLE_CAP = 40
_PROSE_CAP = 120
_PLAIN_TITLE = re.compile(r"[A-Z][a-z]+(?: [a-z]+)*")


def evidence(table: DiffTable) -> str:
    """A table below its title; what is left out of it is said."""
    shown = excerpt(table, _ROWS)
    lines = _lines(shown)
    fitting = sum(total <= _CHARACTERS for total in accumulate(map(len, lines))) - _HEADER
    if fitting < len(shown.rows):
        shown = excerpt(table, max(fitting, 1))
        lines = _lines(shown)
    title = prose(capitalised(table.title)).strip()
    return "\n\n".join(filter(None, [f"**{title}**" if title else "", "\n".join(lines), _left_out(shown)]))


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


def _left_out(shown: Excerpt) -> str:
    if not shown.words():
        return ""
    rows = f"{figures.count(shown.more_rows)} of these rows" if shown.unknown_rows else "them"
    known = f" `report.json` has {rows}." if shown.more_rows or (shown.more_columns and not shown.unknown_rows) else ""
    return f"*Not shown: {shown.words()}.*{known}"
