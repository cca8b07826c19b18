"""Markdown tables. Cells are Markdown already; what a table makes special in them is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tabulate import DataRow, TableFormat, tabulate

_ROW = DataRow("|", "|", "|")
_RULES = {"left": "---", "right": "--:"}

_LINES_OF_HEADER = 2


def table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table: the header, the rule, and one for each row.

    `columns` are title and alignment (`left` or `right`). Cells are not padded, so that one long name does not cost
    its length in every row.
    """
    rule = f"|{'|'.join(_RULES[alignment] for _, alignment in columns)}|"

    def below_header(_widths: Sequence[int], _alignments: Sequence[str]) -> str:
        return rule

    layout = TableFormat(
        lineabove=None,
        linebelowheader=below_header,
        linebetweenrows=None,
        linebelow=None,
        headerrow=_ROW,
        datarow=_ROW,
        padding=1,
        with_header_hide=None,
    )
    cells = [[_escaped(cell) for cell in row] for row in rows]
    titles = [_escaped(title) for title, _ in columns]
    return tabulate(cells, titles, tablefmt=layout, stralign=None, disable_numparse=True).splitlines()


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def beheaded(table: Sequence[str]) -> tuple[list[str], list[str]]:
    """The header of a table with its rule, and the other lines."""
    return list(table[:_LINES_OF_HEADER]), list(table[_LINES_OF_HEADER:])
