"""Rows of the data, as a table of a finding shows them."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain import DiffTable, Example, Examples, FromTo, RowKind, TableCell, TableColumn


def table(examples: Examples, title: str, *, kinds: bool = True, without: Collection[str] = ()) -> DiffTable:
    """A table of some rows; a changed cell goes from base to head.

    Args:
        examples: the rows, as far as they may be seen.
        title: what the table shows, in plain words.
        kinds: whether the first column says what became of each row.
        without: columns that are not shown.
    """
    places = [place for place, name in enumerate(examples.columns) if name not in without]
    named = tuple(TableColumn(examples.columns[place], data=True) for place in places)
    rows = tuple(
        (*((example.kind.value,) if kinds else ()), *(_cell(example, place) for place in places))
        for example in examples.rows
    )
    return DiffTable(title, (*((TableColumn("row"),) if kinds else ()), *named), rows)


def _cell(example: Example, place: int) -> TableCell:
    base = example.base[place] if example.base else None
    head = example.head[place] if example.head else None
    if example.kind is RowKind.CHANGED:
        return FromTo(base, head) if place in example.changed else head
    return base if example.kind is RowKind.REMOVED else head
