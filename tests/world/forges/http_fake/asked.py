"""What was asked, as it came over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Request:
    """A request. `path` is without the prefix of an Enterprise Server. The names of the headers are in small letters.

    `login` is whose token it carried, empty if it was none. `status` is what was answered, 0 if nothing.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    login: str = ""
    status: int = 0

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query} -> {self.status}"
