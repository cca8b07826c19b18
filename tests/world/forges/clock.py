"""A clock that moves only when somebody sleeps."""

from __future__ import annotations

from bot.world.forges.retries import Retries


class Clock:
    """Time for tests: `sleeps` are the pauses that were made, in order."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        """The seconds since some moment."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Passes at once."""
        self.sleeps.append(seconds)
        self.now += seconds

    def retries(self, total_seconds: float = 300, write_seconds: float = 0) -> Retries:
        """Retries by this clock, without chance."""
        return Retries(
            total_seconds,
            write_seconds=write_seconds,
            sleep=self.sleep,
            clock=self,
            jitter=lambda: 0.0,
            attempt_seconds=5,
        )
