"""Tests of bot/render/tables.py and bot/render/markdown_evidence.py."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import ColumnReport, DiffTable, FromTo, Grade, TableCell, TableColumn
from bot.render import tables
from bot.render.dress import Labels
from bot.render.lines import details
from bot.render.markdown_evidence import evidence
from bot.render.markdown_style import COMMENT, DRESS, SUMMARY
from bot.render.tables import VITAL, excerpt
from tests.render.evidence import CHANGED_COLUMNS, EXAMPLES, PROFILE, finding, named, nasty_rows, shown
from tests.render.reports import shop

WIDE = DiffTable(
    "Example rows",
    tuple(TableColumn(f"c{place}", data=True) for place in range(200)),
    tuple(tuple("same" if place != 150 else FromTo("a", "b") for place in range(200)) for _ in range(100)),
    left_out=900,
)


def test_tables_are_told_in_the_order_of_their_worth() -> None:
    """The distribution of a column would push out which columns changed."""
    found = tables.of_model(shown().models[0])
    assert [one.table.title for one in found] == [
        *("Changed columns", "Example rows", "Profile", "Changes by month", "most frequent values", "rows by bin")
    ]
    assert [one.worth for one in found] == sorted(one.worth for one in found)


def test_changed_columns_are_shown_once() -> None:
    """Two tables of the same columns would make a reader look for what differs between them."""
    found = [one.table for one in tables.of_model(shown().models[0]) if one.table.title == tables.CHANGED_COLUMNS]
    assert found == [CHANGED_COLUMNS]


def test_changed_columns_without_a_table_of_their_own_come_from_the_columns() -> None:
    """A reader would not learn in which columns a model changed."""
    customers = next(model for model in shop().models if model.name == "customers")
    (made,) = tables.of_model(customers)
    assert made.table.rows == (
        ("lifetime_value", 2_713, "32.2%"),
        ("orders_count", 2_712, "32.2%"),
        ("last_order_at", 1, ">99.9%"),
    )
    assert tables.equal_columns(customers) == 2


def test_tables_of_a_named_check_that_fails_are_vital() -> None:
    """What the project asked for by name would be left out before what it did not."""
    by_name = {one.name: one for one in named()}
    assert [one.worth for one in tables.of_named(by_name["revenue"])] == [VITAL]
    passing = replace(by_name["revenue"], finding=replace(by_name["revenue"].finding, grade=Grade.PASS))
    assert [one.worth > VITAL for one in tables.of_named(passing)] == [True]


def test_columns_that_one_side_alone_has_do_not_fill_the_profile() -> None:
    """What a new column is like would push out what changed."""
    new = tuple(("tier", name, None, 5, None, None) for name in ("nulls", "min", "max"))
    profile = finding("profile", "differs", replace(PROFILE, rows=(*new, *PROFILE.rows[:2])), grade=Grade.PASS)
    model = replace(shown().models[0], columns=ColumnReport(added=("tier",)), findings=(profile,))
    (one,) = tables.of_model(model)
    assert [row[0] for row in one.table.rows] == ["amount", "amount", "tier", "tier", "tier"]
    short, whole = evidence(one.table, COMMENT, one.worthy), evidence(one.table, SUMMARY, one.worthy)
    assert "tier" not in short
    assert "*Not shown: 3 more rows.* `report.json` has them." in short
    assert whole.count("`tier`") == 3
    only_new = replace(model, findings=(replace(profile, tables=(replace(PROFILE, rows=new),)),))
    assert (
        evidence(tables.of_model(only_new)[0].table, COMMENT, tables.of_model(only_new)[0].worthy).count("`tier`") == 3
    )


def test_a_wide_table_keeps_to_what_is_in_sight() -> None:
    """A reader would have to scroll sideways for the column that differs."""
    columns = (TableColumn("row"), *(TableColumn(f"column_{place}", data=True) for place in range(11)))
    row: tuple[TableCell, ...] = ("changed", *["a value of some length"] * 9, FromTo("old", "new"), "same")
    text = evidence(DiffTable("Example rows", columns, (row,), left_out=3))
    assert "**`old` → `new`**" in text
    assert 3 <= text.splitlines()[2].count("`column_") < 6
    assert re.search(r"\*Not shown: 3 more rows, \d more columns\.\* `report.json` has these columns\.", text)
    many = DiffTable("Example rows", columns, (("changed", *(FromTo("a" * 30, "b" * 30) for _ in range(11))),))
    assert evidence(many).splitlines()[2].count("`column_") == 5


def test_an_empty_table_is_not_shown() -> None:
    """A header without rows says nothing."""
    model = shown().models[0]
    empty = replace(model.findings[0], tables=(replace(EXAMPLES, rows=()),))
    assert [one.table.title for one in tables.of_model(replace(model, findings=(empty,)))] == [tables.CHANGED_COLUMNS]


def test_of_many_columns_the_first_and_those_that_differ_are_shown() -> None:
    """Of a wide table a reader would see the columns that are equal."""
    part = excerpt(WIDE, 5, 6)
    assert [column.title for column in part.columns] == ["c0", "c1", "c2", "c3", "c4", "c150"]
    assert part.rows[0] == ("same",) * 5 + (FromTo("a", "b"),)
    assert (part.more_rows, part.more_columns, part.unknown_rows) == (95, 194, 900)


def test_of_many_rows_some_of_each_kind_are_shown() -> None:
    """Of a model that lost rows and changed others, a reader would see only lost ones."""
    kinds = ("removed",) * 50 + ("added",) + ("changed",) * 50
    columns = (TableColumn("row"), TableColumn("id", data=True))
    table = DiffTable("Example rows", columns, tuple((kind, str(place)) for place, kind in enumerate(kinds)))
    assert [row[1] for row in excerpt(table, 5).rows] == ["0", "1", "50", "51", "52"]
    of_data = replace(table, columns=(TableColumn("row", data=True), TableColumn("id", data=True)))
    assert [row[1] for row in excerpt(of_data, 3).rows] == ["0", "1", "2"]


def test_what_is_left_out_is_said() -> None:
    """Thirty rows would be taken for all of them."""
    assert evidence(WIDE).endswith(
        "*Not shown: 970 more rows, 188 more columns.* `report.json` has 70 of these rows and these columns."
    )
    assert evidence(replace(WIDE, left_out=0)).endswith(
        "*Not shown: 70 more rows, 188 more columns.* `report.json` has them."
    )
    assert evidence(EXAMPLES).endswith("*Not shown: 304 more rows.*")
    assert "Not shown" not in evidence(CHANGED_COLUMNS)


def test_what_changed_in_a_row_is_marked() -> None:
    """A reader would have to compare the cells of each row by eye."""
    lines = evidence(EXAMPLES).splitlines()
    assert lines[0] == "**Example rows**"
    assert "| changed | `1001` | **`paid` → `PAID`** | `12.50` | _null_ |" in lines
    assert "| changed | `1002` | **`paid` → `paid␣`** | **`129.50` → `0.00`** | `null` |" in lines


def test_titles_of_ours_are_words_and_those_of_the_data_are_code() -> None:
    """A reader would take a column of the data for one of ours, or the other way round."""
    columns = (TableColumn("Column", data=True), TableColumn("base", numeric=True), TableColumn("Total_Sum", data=True))
    lines = evidence(DiffTable("rows by bin", columns, (("a", 1, "b"),))).splitlines()
    assert (lines[0], lines[2]) == ("**Rows by bin**", "| Column | Base | `Total_Sum` |")


def test_types_are_told_once() -> None:
    """The same types in a line and in a table would make a reader look for the difference."""
    customers = next(model for model in shop().models if model.name == "customers")
    labels = Labels(shop().models)
    columns = (TableColumn("Column", data=True), TableColumn("Base", data=True), TableColumn("Head", data=True))
    types = DiffTable("Columns of another type", columns, (("orders_count", "BIGINT", "INTEGER"),))
    told = replace(customers, findings=(replace(customers.findings[0], tables=(types,)),))
    assert ["Types changed" in [line.label for line in details(one, labels, DRESS)] for one in (customers, told)] == [
        True,
        False,
    ]


def test_one_table_does_not_take_all_the_room() -> None:
    """The rows of one model would push out those of all others."""
    text = evidence(nasty_rows())
    assert len(text) < 7_000
    assert len([line for line in text.splitlines() if line.startswith("|")]) > 10


def test_a_row_that_is_longer_than_a_table_may_be_is_shown_all_the_same() -> None:
    """A table without rows would say nothing at all."""
    long = "\x00" * 60
    columns = tuple(TableColumn("|" * 90, data=True) for _ in range(40))
    text = evidence(DiffTable("Example rows", columns, (tuple(FromTo(long, long + "b") for _ in columns),) * 3))
    assert len([line for line in text.splitlines() if line.startswith("|")]) >= 3
