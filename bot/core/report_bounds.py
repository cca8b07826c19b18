"""What a report from elsewhere may be at most, before anybody reads it: its size, depth, texts and numbers.

Whoever made it may have run other code than ours. All limits are far above what a run of ours writes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from enum import StrEnum
from typing import NoReturn, TypeVar

from bot.errors import UsageError

MOST_BYTES = 64 * 1024 * 1024
MOST_VALUES = 2_000_000
MOST_ENTRIES = 200_000
MOST_CHARACTERS = 200_000
DEEPEST = 32
_GREATEST = 10**60  # the widest integer that a warehouse has is below
_TOO_LARGE = "a number that is too large"

_Word = TypeVar("_Word", bound=StrEnum)
# The place of a value: that of what holds it, and its name or number there.
_Place = tuple["_Place | None", str | int] | None


class Unreadable(UsageError):
    """A document is no report that can be used. `reason` says why, `where` at which place (`$.models[0].grade`)."""

    def __init__(self, reason: str, where: str = "$") -> None:
        super().__init__(
            reason, where=where, remedy="Let the run that made the report make it anew, with this version of proofbot."
        )

    @property
    def reason(self) -> str:
        """What is wrong with it."""
        return self.message


def parse(data: bytes) -> object:
    """The bytes of a report as the JSON value that they are.

    Raises:
        Unreadable: they are too many, or no JSON. NaN and infinities are none.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the report is larger than {MOST_BYTES:,} bytes")
    try:
        found: object = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise Unreadable("the report is nested too deeply") from None
    except ValueError as error:  # what is no UTF-8 is one, too, and a number of thousands of digits
        raise Unreadable(f"the report is no JSON: {str(error)[:200]}") from None
    return found


def keep(document: object) -> None:
    """Goes over every value of a document once, without recursion.

    Raises:
        Unreadable: it is too large or too deep, or has a value that no page could show.
    """
    waiting: list[tuple[object, int, _Place]] = [(document, 0, None)]
    number = 0
    while waiting:
        value, depth, place = waiting.pop()
        number += 1
        fault = _fault(value)
        if number + len(waiting) > MOST_VALUES:
            fault = f"more than {MOST_VALUES:,} values"
        elif depth > DEEPEST:
            fault = "nested too deeply"
        if fault is not None:
            raise Unreadable(fault, path(place))
        waiting += [(inside, depth + 1, (place, step)) for step, inside in _inside(value)]


def word(words: type[_Word], value: str, where: str) -> _Word:
    """One of the words of the house.

    Raises:
        Unreadable: it is none that this version knows.
    """
    try:
        return words(value)
    except ValueError:
        raise Unreadable(f"{value[:40]!r} is no word that this version knows", where) from None


def whole(number: int | float) -> int:
    """A whole number, which JSON may have written as `1e3`.

    Raises:
        Unreadable: it is too large to be written in digits.
    """
    if abs(number) > _GREATEST:
        raise Unreadable(_TOO_LARGE)
    return int(number)


def path(place: _Place) -> str:
    """A place as JSON path, `$.models[0].grade`. What is long is cut: names are of others."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{_plain(step)}")
    return f"${''.join(reversed(steps))}"


def path_of(steps: Iterator[str | int]) -> str:
    """The same, of steps from outside to inside."""
    place: _Place = None
    for step in steps:
        place = (place, step)
    return path(place)


def _plain(step: str) -> str:
    shown = step[:40] + ("…" if len(step) > 40 else "")
    return shown if shown.isidentifier() else json.dumps(shown)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _inside(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _fault(value: object) -> str | None:
    """What is wrong with one value, what it holds left out."""
    if isinstance(value, dict):
        texts = [name for name in value if not isinstance(name, str) or _fault_of_text(name)]
        return _fault_of_size(len(value)) or ("a name that is too long, or not text" if texts else None)
    if isinstance(value, list):
        return _fault_of_size(len(value))
    if isinstance(value, str):
        return _fault_of_text(value)
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else "a number that is not finite"
    if isinstance(value, int):
        return None if abs(value) <= _GREATEST else _TOO_LARGE
    return f"{type(value).__name__} is not of JSON"


def _fault_of_size(entries: int) -> str | None:
    return f"more than {MOST_ENTRIES:,} entries" if entries > MOST_ENTRIES else None


def _fault_of_text(text: str) -> str | None:
    if len(text) > MOST_CHARACTERS:
        return f"a text of more than {MOST_CHARACTERS:,} characters"
    # Half a character can be written in JSON, and in no file and no request.
    return "a text with half a character" if not text.isascii() and _has_half(text) else None


def _has_half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
