"""What an operation takes: its parameters, and what GitLab says of one that does not fit.

The words are those of Grape, in which GitLab's API is written: `{"error": "body is missing"}` with status 400.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TRUE, _FALSE = ("true", "1", "t", "yes", "on"), ("false", "0", "f", "no", "off")


@dataclass(frozen=True, slots=True)
class Taken:
    """One parameter: text, a number, a boolean or a list of texts."""

    kind: type = str
    values: tuple[str, ...] = ()
    is_required: bool = False
    may_be_blank: bool = True


class Unfit(Exception):
    """A parameter does not fit; the text is GitLab's."""


PAGES = {"page": Taken(int), "per_page": Taken(int)}


def read(taken: Mapping[str, Taken], given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are known, each of its kind.

    Raises:
        Unfit: one is missing, or is not what it should be.
    """
    found: dict[str, Any] = {}
    for name, about in taken.items():
        value = given.get(name)
        if value is None:
            if about.is_required:
                raise Unfit(f"{name} is missing")
            continue
        found[name] = _read(name, about, value)
    return found


def _read(name: str, about: Taken, value: object) -> Any:
    if about.kind is bool:
        spelled = str(value).lower()
        if spelled not in _TRUE + _FALSE:
            raise Unfit(f"{name} is invalid")
        return spelled in _TRUE
    if about.kind is int:
        if isinstance(value, bool) or not str(value).removeprefix("-").isdecimal():
            raise Unfit(f"{name} is invalid")
        return int(str(value))
    if about.kind is list:
        texts = value if isinstance(value, list) else str(value).split(",")
        return [str(text) for text in texts]
    if not isinstance(value, str):
        raise Unfit(f"{name} is invalid")
    if not about.may_be_blank and not value.strip():
        raise Unfit(f"{name} is empty")
    if about.values and value not in about.values:
        raise Unfit(f"{name} does not have a valid value")
    return value
