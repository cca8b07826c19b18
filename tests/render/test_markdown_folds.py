"""Tests of bot/render/markdown_folds.py."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from bot.render.markdown_folds import Fold, fitting
from bot.render.room import Room
from bot.render.tables import VITAL, WORTH

NOTE = "*No room here for 1 table: `report.json` has it.*"


def fold(name: str, *tables: tuple[int, str]) -> Fold:
    """A fold with these tables."""
    return Fold(name, ("why",), tuple((worth, partial(str, text)) for worth, text in tables))


def test_a_fold_goes_without_its_tables_before_it_is_left_out() -> None:
    """A small comment would not even say why a model is affected."""
    one = fold("orders", (VITAL, "table " * 50))
    (text,) = fitting([one], Room(200))
    assert NOTE in text
    assert "table table" not in text
    assert fitting([one], Room(500)) == [one.text({0})]
    assert fitting([one], Room(30)) == []


def test_the_tables_of_all_folds_compete_by_their_worth() -> None:
    """The histogram of the first model would push out the example rows of the second."""
    first = fold("first", (5, "histogram " * 10))
    second = fold("second", (1, "examples " * 10))
    bare = sum(len(one.text(())) + 2 for one in (first, second))
    texts = fitting([first, second], Room(bare + 110))
    assert ["histogram" in text or "examples" in text for text in texts] == [False, True]
    assert (NOTE in texts[0], NOTE in texts[1]) == (True, False)


def test_tables_keep_their_order() -> None:
    """What a reader looks for first would stand wherever there was room for it first."""
    one = fold("first", (1, "one"), (5, "two"), (VITAL, "three"))
    (text,) = fitting([one], Room(1_000))
    assert text.index("one") < text.index("two") < text.index("three")


def test_tables_without_room_are_not_written_without_end() -> None:
    """A report of thousands of wide tables would be written for minutes, and thrown away."""
    written = []

    def write() -> str:
        written.append(1)
        return "x" * 1_000

    folds = [Fold(f"fold {number}", ("why",), ((5, write),)) for number in range(100)]
    assert len(fitting(folds, Room(50_000))) == 100
    assert len(written) < 150


TABLES = st.lists(st.tuples(st.sampled_from(WORTH), st.text("x", min_size=1, max_size=300)), max_size=12)


@given(st.lists(TABLES, max_size=6), st.integers(0, 3_000))
def test_the_room_is_kept(tables: list[list[tuple[int, str]]], characters: int) -> None:
    """A comment that is too long is refused by the forge, whole."""
    room = Room(characters)
    texts = fitting([fold("orders", *some) for some in tables], room)
    assert sum(len(text) + 2 for text in texts) <= characters - room.left <= characters
