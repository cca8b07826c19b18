"""How rows of the data become a table."""

from __future__ import annotations

from bot.core.examples import table
from bot.domain import Example, Examples, FromTo, RowKind, TableColumn

ROWS = Examples(
    ("id", "v", "w"),
    (
        Example(RowKind.CHANGED, ("1", None, "same"), ("1", "x", "same"), changed=(1,)),
        Example(RowKind.REMOVED, ("2", "b", None), None),
        Example(RowKind.ADDED, None, ("3", "c", "d")),
    ),
)


def test_cells_that_changed_are_marked() -> None:
    """A reader could not see which cell of a row changed, or take a removed row for an added one."""
    shown = table(ROWS, "some rows")
    assert shown.title == "some rows"
    assert shown.columns == (TableColumn("row"), *(TableColumn(name, data=True) for name in ["id", "v", "w"]))
    assert shown.rows == (
        ("changed", "1", FromTo(None, "x"), "same"),
        ("removed", "2", "b", None),
        ("added", "3", "c", "d"),
    )


def test_columns_can_be_left_out() -> None:
    """A column that stands for nothing of the user's would be shown as one of theirs."""
    shown = table(ROWS, "some rows", kinds=False, without=["id"])
    assert [column.title for column in shown.columns] == ["v", "w"]
    assert shown.rows == ((FromTo(None, "x"), "same"), ("b", None), ("c", "d"))
