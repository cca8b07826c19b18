"""What pydantic finds wrong with a value becomes mistakes in plain English, at the keys of the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.core.config.document import Path
from bot.core.config.frame import Kinds
from bot.core.config.mistakes import clean, did_you_mean, show
from bot.core.config.schema import META, homes, names_at, takes_mapping

_EXPECTED = {
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "finite_number": "a number that is finite",
    "string_type": "a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "date_type": "a date such as 2025-01-31",
    "date_parsing": "a date such as 2025-01-31",
    "date_from_datetime_parsing": "a date such as 2025-01-31",
    "date_from_datetime_inexact": "a date such as 2025-01-31",
    "string_too_short": "a text that is not empty",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number that is at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number that is at most {le}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_pattern_mismatch": "a text of the form `{pattern}`",
}
_KEY = "[key]"  # what pydantic puts after a path that leads to a key
_CHOICES = ("enum", "literal_error")
_MOST_NAMES = 16


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path. `of_key` says that the key is wrong, and not its value; `whole` that the parts do not
    fit together, though each may be right, or that one is missing."""

    path: Path
    words: str
    of_key: bool = False
    whole: bool = False

    def of_part(self, path: Path) -> bool:
        """Whether other places can mend this, where `path` is its path in the settings of a model: what a check lacks
        may be said elsewhere."""
        return self.whole and path[:1] == ("checks",) and len(path) > 1


def find(model: type[BaseModel], value: object, kinds: Kinds, at: Path = ()) -> list[Fault]:
    """What is wrong with a value of a type.

    Args:
        at: the path of the value in a `.proofbot.yml`, or META, from which the names that may stand there are known.
            The paths of the faults start with it.
    """
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [*_faults(error, value, kinds, at)]
    return []


def _faults(error: ValidationError, value: object, kinds: Kinds, at: Path) -> Iterator[Fault]:
    found: dict[Path, list[Mapping[str, Any]]] = {}
    for one in error.errors(include_url=False):
        found.setdefault(_path(one, value), []).append(one)
    for path, errors in found.items():
        deeper = any(other[: len(path)] == path for other in found if other != path)
        if not deeper or any(one["type"] == "extra_forbidden" for one in errors):  # else another form of it was meant
            yield _fault(path, errors, _at(value, path), kinds, at)


def _path(error: Mapping[str, Any], value: Any) -> Path:
    """The path of an error, without the names that pydantic gives to the forms a value may have."""
    path: list[str | int] = []
    for part in error["loc"]:
        if _has(value, part):
            value = value[part]
            path.append(part)
    return (*path, error["loc"][-1]) if error["type"] == "missing" else tuple(path)


def _has(value: Any, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(value, list) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part] if _has(value, part) else None
    return value


def _fault(path: Path, errors: Sequence[Mapping[str, Any]], value: object, kinds: Kinds, at: Path) -> Fault:
    whole_path = (*at, *path)
    first = errors[0]
    if first["type"] == "extra_forbidden":
        return Fault(whole_path, _unknown(str(path[-1]), whole_path[:-1], kinds), of_key=True)
    if first["loc"][-1:] == (_KEY,):
        return Fault(whole_path, _no_such("key", str(path[-1]), _choices(first)), of_key=True)
    if first["type"] == "missing":
        return Fault(whole_path, "it is missing", of_key=True, whole=True)
    said = list(dict.fromkeys(_say(one) for one in errors))
    whole = isinstance(value, Mapping) and first["type"] == "value_error" and takes_mapping(kinds, whole_path)
    expected = [words for is_expected, words in said if is_expected]
    if not expected:
        return Fault(whole_path, said[0][1], whole=whole)
    if whole:
        return Fault(whole_path, f"expected {', or '.join(expected)}", whole=True)
    choices = [name for one in errors if one["type"] in _CHOICES for name in _choices(one)]
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    if first["type"] == "string_type" and not isinstance(value, Mapping | list) and value is not None:
        hint = " (put it in quotes)"
    return Fault(whole_path, f"expected {', or '.join(expected)}; found {show(value)}{hint}")


def _say(error: Mapping[str, Any]) -> tuple[bool, str]:
    """What one error says, and whether that is what was expected."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _EXPECTED:
        return True, _EXPECTED[kind].format(**{name: _bound(value) for name, value in context.items()})
    if kind in _CHOICES:
        return True, ", ".join(f"`{name}`" for name in _choices(error))
    words = _reason(error).rstrip(".")
    return words.startswith("expected "), words.removeprefix("expected ")


def _bound(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float | Decimal) else str(value)


def _reason(error: Mapping[str, Any]) -> str:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ValidationError):  # a validator that asks another type
        return _reason(cause.errors()[0])
    return str(cause) if cause is not None else str(error["msg"])


def _choices(error: Mapping[str, Any]) -> list[str]:
    return re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))


def _unknown(name: str, around: Path, kinds: Kinds) -> str:
    names = names_at(kinds, around)
    is_frame = around[:1] != (META,) and around[-2:-1] != ("checks",)
    elsewhere = homes(kinds, name) if is_frame and not did_you_mean(name, names) else ()
    if elsewhere:
        return f"there is no such key here; it belongs in {' or '.join(elsewhere[:3])}"
    return _no_such("check" if around[-1:] == ("checks",) else "key", name, names)


def _no_such(what: str, name: str, names: Collection[str]) -> str:
    near = did_you_mean(name, names)
    listed = ", ".join(f"`{clean(known)}`" for known in sorted(names)) if len(names) <= _MOST_NAMES else ""
    return f"there is no such {what}{near or (listed and f'; there are {listed}')}"
