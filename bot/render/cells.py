"""The cells of a finding's table become words: what each is, and its text, before any page dresses it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from bot.domain import FromTo, Plain, TableCell, TableColumn
from bot.render import figures
from bot.render.escape import capped, visible

CELL_CAP = 60
_FIGURES = re.compile(r"(?:\(?[−+]?[<>]?[−+]?\d[\d,.]*%?\)?(?: |$))+")
_OUTER_OR_DOUBLE_SPACES = re.compile(r"^ +| +$| {2,}")


class Kind(Enum):
    """What a word is."""

    DATA = auto()  # text of the user's data
    NULL = auto()
    EMPTY = auto()  # the text of no characters
    FIGURE = auto()
    PROSE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A value to be shown; a text of the kind `DATA` is on one line, and can be seen."""

    kind: Kind
    text: str = ""


def row(cells: Sequence[TableCell], columns: Sequence[TableColumn], cap: int = CELL_CAP) -> list[tuple[Word, ...]]:
    """The cells of a row. Numbers of base and head beside each other show where they differ."""
    found = [words(cell, column, cap) for cell, column in zip(cells, columns, strict=True)]
    at = {column.title.lower(): place for place, column in enumerate(columns)}
    if {"base", "head"} <= at.keys():
        base, head = cells[at["base"]], cells[at["head"]]
        if isinstance(base, int | float) and isinstance(head, int | float):
            found[at["base"]], found[at["head"]] = ((word,) for word in _numbers(base, head, columns[at["base"]]))
    return found


def words(cell: TableCell, column: TableColumn, cap: int = CELL_CAP) -> tuple[Word, ...]:
    """The cell as one word, or as two where it differs: base's and head's.

    Data that differs may look the same, because it is masked.
    """
    if not isinstance(cell, FromTo):
        return (_word(cell, column, cap),)
    if not column.data and _same(cell.base, cell.head):
        return (_word(cell.head, column, cap),)
    return _step(cell.base, cell.head, column, cap)


def _same(base: Plain, head: Plain) -> bool:
    return base == head or (base != base and head != head)


def _word(value: Plain, column: TableColumn, cap: int) -> Word:
    if isinstance(value, int | float):
        return Word(Kind.FIGURE, figures.percentage(value) if _in_percent(column) else figures.number(value))
    if value is None and (column.numeric or not column.data):
        return Word(Kind.UNKNOWN, figures.UNKNOWN)
    if value is None or column.data:
        return _data(value, cap)
    return Word(Kind.FIGURE if _FIGURES.fullmatch(value) else Kind.PROSE, value)


def _step(base: Plain, head: Plain, column: TableColumn, cap: int) -> tuple[Word, Word]:
    plain = _word(base, column, cap), _word(head, column, cap)
    if isinstance(base, int | float) and isinstance(head, int | float):
        return _numbers(base, head, column)
    if column.data and isinstance(base, str) and isinstance(head, str):
        return _differing(base, head, cap)
    return plain


def _numbers(base: float, head: float, column: TableColumn) -> tuple[Word, Word]:
    """Two numbers, to as many digits as show whether they differ."""
    plain = _word(base, column, 0), _word(head, column, 0)
    if plain[0] != plain[1] or _same(base, head):
        return plain
    unit = "%" if _in_percent(column) else ""
    first, second = (Word(Kind.FIGURE, text + unit) for text in figures.step(base, head))
    return first, second


def _differing(base: str, head: str, cap: int) -> tuple[Word, Word]:
    """Two texts, so that what differs can be seen, however late it comes and however alike it looks."""
    same = next((i for i, (one, other) in enumerate(zip(base, head, strict=False)) if one != other), None)
    same = min(len(base), len(head)) if same is None else same
    if max(len(base), len(head)) > cap and same > cap // 2:
        base, head = (f"…{text[same - cap // 4 :]}" for text in (base, head))
    shown = _data(base, cap), _data(head, cap)
    if base != head and _look(shown[0].text) == _look(shown[1].text):
        return _data(_spelled(base), cap), _data(_spelled(head), cap)
    return shown


def _look(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _spelled(text: str) -> str:
    """The text with every character outside of ASCII as its number."""
    return "".join(character if character.isascii() else f"⟨U+{ord(character):04X}⟩" for character in text)


def _data(text: str | None, cap: int) -> Word:
    if text is None:
        return Word(Kind.NULL, "null")
    if not text:
        return Word(Kind.EMPTY, "empty")
    # Spaces that a page would swallow are shown by their sign, and other blanks by their number.
    seen = _OUTER_OR_DOUBLE_SPACES.sub(lambda spaces: "␣" * len(spaces[0]), visible(text[: 2 * cap]))
    return Word(Kind.DATA, capped(seen if seen.isprintable() else "".join(map(_blank, seen)), cap))


def _blank(character: str) -> str:
    odd = character != " " and unicodedata.category(character) == "Zs"
    return f"⟨U+{ord(character):04X}⟩" if odd else character


def _in_percent(column: TableColumn) -> bool:
    return column.title.endswith("%")
