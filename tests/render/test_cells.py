"""Tests of bot/render/cells.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import FromTo, Plain, TableCell, TableColumn
from bot.render.cells import CELL_CAP, Kind, Word, row, words

DATA = TableColumn("note", data=True)
NUMBER = TableColumn("Rows", numeric=True)
PERCENT = TableColumn("Match %", numeric=True)
PLAIN = TableColumn("Result")


@pytest.mark.parametrize(
    ("cell", "column", "word"),
    [
        ("null", DATA, Word(Kind.DATA, "null")),
        (None, DATA, Word(Kind.NULL, "null")),
        ("", DATA, Word(Kind.EMPTY, "empty")),
        ("a\nb", DATA, Word(Kind.DATA, "a␊b")),
        ("  ", DATA, Word(Kind.DATA, "␣␣")),
        (" a  b c ", DATA, Word(Kind.DATA, "␣a␣␣b c␣")),
        ("a\u00a0b", DATA, Word(Kind.DATA, "a⟨U+00A0⟩b")),
        ("x" * 61, DATA, Word(Kind.DATA, "x" * 59 + "…")),
        ("x" * 60, DATA, Word(Kind.DATA, "x" * 60)),
        (61_948, DATA, Word(Kind.FIGURE, "61,948")),
        (61_948, NUMBER, Word(Kind.FIGURE, "61,948")),
        (None, NUMBER, Word(Kind.UNKNOWN, "–")),
        (None, TableColumn("Base", numeric=True, data=True), Word(Kind.UNKNOWN, "–")),
        (None, PLAIN, Word(Kind.UNKNOWN, "–")),
        (99.9999, PERCENT, Word(Kind.FIGURE, ">99.9%")),
        (100.0, PERCENT, Word(Kind.FIGURE, "100%")),
        ("−8,906 (−14.4%)", PLAIN, Word(Kind.FIGURE, "−8,906 (−14.4%)")),
        ("newly failing", PLAIN, Word(Kind.PROSE, "newly failing")),
        ("12 <b>", PLAIN, Word(Kind.PROSE, "12 <b>")),
    ],
)
def test_a_value_is_what_it_is(cell: Plain, column: TableColumn, word: Word) -> None:
    """A null would pass for a text, a blank for nothing, a number that is not known for zero."""
    assert words(cell, column) == (word,)


@pytest.mark.parametrize(
    ("base", "head", "column", "texts"),
    [
        ("paid", "paid ", DATA, ["paid", "paid␣"]),
        ("paid", None, DATA, ["paid", "null"]),
        (None, "", DATA, ["null", "empty"]),
        ("caf\u00e9", "cafe\u0301", DATA, ["caf⟨U+00E9⟩", "cafe⟨U+0301⟩"]),
        ("a\n", "a␊", DATA, ["a␊", "a⟨U+240A⟩"]),
        ("•••", "•••", DATA, ["•••", "•••"]),
        (f"{'x' * 100}1", f"{'x' * 100}2", DATA, [f"…{'x' * 15}1", f"…{'x' * 15}2"]),
        ("x" * 100, "x" * 101, DATA, [f"…{'x' * 15}", f"…{'x' * 16}"]),
        ("a" + "x" * 100, "b" + "x" * 100, DATA, ["a" + "x" * 58 + "…", "b" + "x" * 58 + "…"]),
        (10, 12, NUMBER, ["10", "12"]),
        (0.1, 0.1000000001, NUMBER, ["0.1", "0.1000000001"]),
        (0.3, 0.1 + 0.2, NUMBER, ["0.3", "0.30000000000000004"]),
        (12.5001, 12.5002, PERCENT, ["12.5001%", "12.5002%"]),
        (12.5, 14.5, PERCENT, ["12.5%", "14.5%"]),
        (None, 3, NUMBER, ["–", "3"]),
        (3, 3, NUMBER, ["3"]),
        (float("nan"), float("nan"), NUMBER, ["NaN"]),
        ("pass", "fail", PLAIN, ["pass", "fail"]),
    ],
)
def test_a_difference_can_be_seen(base: Plain, head: Plain, column: TableColumn, texts: list[str]) -> None:
    """A reviewer would be told that something changed, and see the same thing twice."""
    assert [word.text for word in words(FromTo(base, head), column)] == texts


def test_base_and_head_beside_each_other_show_where_they_differ() -> None:
    """A mean that moved in the seventh digit would look as if it had not."""
    columns = (TableColumn("Measure"), TableColumn("Base", numeric=True), TableColumn("Head", numeric=True))
    cells: tuple[TableCell, ...] = ("mean", 20.123456701, 20.123456702)
    assert [word.text for (word,) in row(cells, columns)] == ["mean", "20.123456701", "20.123456702"]
    assert [word.text for (word,) in row(("mean", 1.5, None), columns)] == ["mean", "1.5", "–"]


TEXTS = st.one_of(st.text(max_size=150), st.text("ab \u00e9e\u0301\n", max_size=80))


@given(TEXTS, TEXTS)
def test_no_two_texts_look_the_same(base: str, head: str) -> None:
    """Of a row that changed, a reviewer would see no change."""
    if base != head and not any(character in base + head for character in "⟨␣…") and base.isprintable():
        found = words(FromTo(base, head), DATA)
        assert found[0] != found[1]


@given(st.text())
def test_data_is_one_short_line(text: str) -> None:
    """A value could break the table, or take all the room."""
    (word,) = words(text, DATA)
    assert 0 < len(word.text) <= CELL_CAP
    assert len(word.text.splitlines()) == 1
