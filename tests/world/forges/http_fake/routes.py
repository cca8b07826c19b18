"""Which of the things that a fake serves a request is for."""

from __future__ import annotations

import re
from typing import Generic, TypeVar

_Route = TypeVar("_Route")


class Routes(Generic[_Route]):
    """What is served, by method and path; parts of a path that vary stand in braces."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, re.Pattern[str]], _Route] = {}

    def add(self, method: str, path: str, route: _Route) -> None:
        """One more."""
        self._known[method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))] = route

    def find(self, method: str, path: str) -> tuple[_Route, dict[str, str]] | None:
        """What serves a request, and the parts of its path; None where nothing of the kind is served."""
        for (served, pattern), route in self._known.items():
            match = pattern.fullmatch(path) if served == method else None
            if match:
                return route, match.groupdict()
        return None
