"""What every fake's memory can do: count, and tell the time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Memory:
    """Whoever calls holds the server's lock."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1_000_001)
        self._seconds = itertools.count()

    def number_for_new(self) -> int:
        """A number that grows, as those of forges do."""
        return next(self._numbers)

    def moment(self) -> datetime:
        """A moment a second after the last one, so that nothing depends on how fast a test runs."""
        return _START + timedelta(seconds=next(self._seconds))
