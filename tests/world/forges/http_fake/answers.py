"""What a fake answers, and the pages that long lists come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. A list is cut into pages; `inside` is the member of the body that holds it, if one does."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and where it stands: `number` of `last`, both counted from 1."""

    rows: list[Any]
    number: int
    last: int
    size: int


def page_of(rows: list[Any], query: Mapping[str, str], usual: int, longest: int) -> Page:
    """The page that a query asks for: `page` and `per_page`, which has a usual value and a greatest one."""
    size = min(max(int(query.get("per_page", usual)), 1), longest)
    number = max(int(query.get("page", 1)), 1)
    return Page(rows[(number - 1) * size : number * size], number, max(-(-len(rows) // size), 1), size)
