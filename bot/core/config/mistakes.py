"""What is wrong with a configuration, in plain English: where, which key, what was expected, and the nearest name."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from bot.core.wording import nearest
from bot.errors import UsageError

_TOLD = 10
_LONGEST = 60
_KEYS = 3


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: file, line and column (or another place), the dotted key, and what is wrong. `rank` sorts."""

    where: str
    key: str
    words: str
    rank: tuple[int, int] = field(default=(0, 0), compare=False)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.key, self.words) if part)


def refuse(mistakes: Iterable[Mistake], remedy: str, what: str = "the configuration") -> NoReturn:
    """Raises UsageError with up to ten of the mistakes, in the order of their lines; `what` has them."""
    told = list(dict.fromkeys(sorted(mistakes, key=lambda mistake: mistake.rank)))
    if len(told) == 1:
        raise UsageError(str(told[0]), remedy=remedy)
    lines = [f"  {mistake}" for mistake in told[:_TOLD]]
    if len(told) > _TOLD:
        lines.append(f"  and {len(told) - _TOLD} more")
    raise UsageError("\n".join([f"{what} has {len(told)} mistakes:", *lines]), remedy=remedy)


def dotted(path: Iterable[str | int]) -> str:
    """A path as it is told: `models[0].checks.values`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{clean(part)}" if text else clean(part)
    return text


def clean(text: str) -> str:
    """A text from the file, fit for a message: on one line, and nothing in it that a terminal would act on."""
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def show(value: object) -> str:
    """A value as a message shows it."""
    if isinstance(value, Mapping):
        keys = ", ".join(f"`{clean(str(key))}`" for key in list(value)[:_KEYS])
        return f"a mapping of {keys}{', ...' if len(value) > _KEYS else ''}" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    return clean(json.dumps(value, ensure_ascii=False, default=str))


def did_you_mean(name: str, names: Collection[str]) -> str:
    """`; did you mean ...?` with the nearest of the names, or nothing where none is near."""
    found = nearest(name.replace("-", "_"), names)
    return f"; did you mean `{clean(found)}`?" if found else ""
