"""Markdown tables. Cells are Markdown already; what a table makes special in them is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tabulate import DataRow, TableFormat, tabulate

_ROW = DataRow("|", "|", "|")
_RULES = {"left": "---", "right": "--:"}


def table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table: the header, the rule, and one for each row.

    `columns` are title and alignment (`left` or `right`). Cells are not padded, so that one long name does not cost
    its length in every row.
    """
    rule = f"|{'|'.join(_RULES[alignment] for _, alignment in columns)}|"
    layout = TableFormat(None, rule_of(rule), None, None, _ROW, _ROW, 1, None)
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    text: str = tabulate(
        cells, [title for title, _ in columns], tablefmt=layout, stralign=None, disable_numparse=True
    )
    return text.splitlines()


def rule_of(rule: str) -> Any:
    """What tabulate calls for the line below the header."""
    return lambda _widths, _alignments: rule
