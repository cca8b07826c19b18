"""What differs between two texts of a configuration, setting by setting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bot.core.config import document
from bot.core.config.document import Path
from bot.core.config.mistakes import clean, dotted

_MOST = 12
_LONGEST_PATH = 100
_GATE = ("policy", "control")
_PRESET = ("policy", "preset")  # a word alone is short for it
_NOT_SET = object()


def tell(before: str, after: str) -> tuple[str, ...]:
    """The settings that differ, those of the gate first: `policy: standard -> advisory`. At most a dozen, each cut to a
    short line without control characters; the last says how many more there are. None where both say the same.

    Args:
        before, after: texts that can be read.
    """
    old, new = (dict(_leaves(document.parse(text, "")[0].value, ())) for text in (before, after))
    differing = [path for path in {**old, **new} if not _same(old.get(path, _NOT_SET), new.get(path, _NOT_SET))]
    differing.sort(key=lambda path: path[:1] not in [(name,) for name in _GATE])
    told = [
        f"{_short(path)}: {_show(old.get(path, _NOT_SET))} -> {_show(new.get(path, _NOT_SET))}"
        for path in differing[:_MOST]
    ]
    return (*told, *([f"and {len(differing) - _MOST} more"] if len(differing) > _MOST else []))


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """The values that hold no others, by their path. A list of plain values is one value."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            below = (*path, name)
            yield from _leaves(inner, path if below == _PRESET else below)
    elif isinstance(value, list) and any(isinstance(inner, Mapping | list) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif path:
        yield path, value


def _same(one: object, other: object) -> bool:
    """Whether two values are the same; `1` is not `true`."""
    return type(one) is type(other) and one == other


def _short(path: Path) -> str:
    text = dotted(path)
    return text if len(text) <= _LONGEST_PATH else f"{text[: _LONGEST_PATH - 1]}…"


def _show(value: object) -> str:
    if value is _NOT_SET:
        return "not set"
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
