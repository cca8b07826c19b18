"""How long we wait for a forge, and how often we ask again."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TypeVar

from bot.world.forges.contract import Unavailable

_T = TypeVar("_T")
_RANDOM = random.SystemRandom()
_SECONDS = re.compile(r"[0-9]{1,9}")
_JITTER = 0.25  # a pause gets up to this share longer, so that the jobs of one push do not come back together


@dataclass(frozen=True, slots=True)
class _Habit:
    """How one kind of setback is met: the first pause and the longest, which repetition is the last, and whether the
    forge may have done what was asked all the same."""

    first: float
    longest: float
    repetitions: int | None
    is_doubtful: bool


class Kind(Enum):
    """In what way an attempt failed that may pass when repeated."""

    LIMITED = _Habit(first=60, longest=3600, repetitions=None, is_doubtful=False)  # we asked too often: it did nothing
    FAILED = _Habit(first=1, longest=60, repetitions=None, is_doubtful=True)  # 5xx, no answer in time, a cut connection
    NOBODY = _Habit(first=1, longest=60, repetitions=4, is_doubtful=False)  # no host of that name
    CONFLICT = _Habit(first=1, longest=60, repetitions=3, is_doubtful=False)  # somebody else is at it
    LOCKED = _Habit(first=1, longest=8, repetitions=10, is_doubtful=False)  # others are at it, one after the other
    UNREADABLE = _Habit(first=1, longest=60, repetitions=3, is_doubtful=True)  # done, it seems, but the answer is odd


class Setback(Exception):
    """An attempt failed in a way that may pass.

    Args:
        kind: in what way.
        words: what failed; one line, without secrets.
        told: the seconds that the forge wants us to wait, or None.
    """

    def __init__(self, kind: Kind, words: str, told: float | None = None) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words
        self.told = told


class Retries:
    """Asks again after a setback, waiting as the forge says, else longer each time.

    What bounds it is one stretch of trouble, over all verbs: from the first setback until a verb succeeds. A forge that
    is down costs a job `total_seconds` once, not once for everything that it wants to say. Trouble that lies further
    back than that is forgotten.

    Args:
        total_seconds: how long a stretch of trouble may last. A told wait that would go beyond is not begun.
        attempt_seconds: how long a single attempt may be without an answer, at least 1.
        write_seconds: the pause between two writes that forges ask for.
        sleep: waits; an exception of a signal handler passes through it.
        clock: seconds since any fixed moment.
        jitter: a number from 0 to 1.
    """

    def __init__(
        self,
        total_seconds: float = 300,
        *,
        attempt_seconds: int = 15,
        write_seconds: float = 1,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = _RANDOM.random,
    ) -> None:
        self.attempt_seconds = attempt_seconds
        self._total_seconds = total_seconds
        self._write_seconds = write_seconds
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._depth = 0
        self._since: float | None = None  # when the trouble began
        self._last = 0.0  # when it was seen last
        self._waited = 0.0  # the pauses since it began
        self._wrote: float | None = None

    def until_done(self, attempt: Callable[[], _T], look: Callable[[], _T | None] | None = None) -> _T:
        """What the attempt returns, once it succeeds.

        Args:
            attempt: does it once; raises Setback where it may be repeated.
            look: looks for what may have been done by an attempt that failed. It is asked before any repetition after
                such a failure; what it finds is returned. It may itself use these retries, within the same bound.

        Raises:
            Unavailable: the bound is reached, or the forge wants a longer wait than is left.
        """
        if self._depth == 0 and self._since is not None and self._clock() - self._last > self._total_seconds:
            self._since = None
        self._depth += 1
        try:
            done = self._repeat(attempt, look)
        finally:
            self._depth -= 1
        if self._depth == 0:
            self._since = None
        return done

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keeps writes apart. Around every request that changes something."""
        if self._wrote is not None:
            early = self._wrote + self._write_seconds - self._clock()
            if early > 0:
                self._sleep(early)
        try:
            yield
        finally:
            self._wrote = self._clock()

    def _repeat(self, attempt: Callable[[], _T], look: Callable[[], _T | None] | None) -> _T:
        seen: Counter[Kind] = Counter()
        while True:
            try:
                return attempt()
            except Setback as setback:
                seen[setback.kind] += 1
                pause = self._pause(setback, seen)
            self._sleep(pause)
            if look and any(kind.value.is_doubtful for kind in seen):
                found = look()
                if found is not None:
                    return found

    def _pause(self, setback: Setback, seen: Counter[Kind]) -> float:
        """How long to wait now; raises Unavailable if there is no sense in it."""
        self._last = self._clock()
        if self._since is None:
            self._since, self._waited = self._last, 0
        passed = max(self._last - self._since, self._waited)  # the clock may stand still where the sleep is a test's
        habit, times = setback.kind.value, seen[setback.kind]
        if habit.repetitions is not None and times > habit.repetitions:
            raise Unavailable(f"{setback.words} (asked {times} times)") from setback
        left = self._total_seconds - passed
        if setback.told is not None and setback.told > left:
            raise Unavailable(
                f"{setback.words}; it wants us to wait {setback.told:.0f} s, and {max(left, 0):.0f} s are left"
            ) from setback
        # Who was told how long to wait, and is sent away again, waits longer too.
        first = habit.first if setback.told is None else 1
        pause = max(setback.told or 0, min(first * 2.0 ** (times - 1), habit.longest)) * (1 + _JITTER * self._jitter())
        if pause > left:
            asked = "once" if seen.total() == 1 else f"{seen.total()} times in {passed:.0f} s"
            raise Unavailable(f"{setback.words} (asked {asked})") from setback
        self._waited += pause
        return pause


def told_wait(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that an answer asks us to wait, at least one; None where it does not say.

    Args:
        headers: of the answer, their names in small letters.
        now: seconds since 1970, for an answer without `Date`. With it, a clock of ours that is wrong does no harm.
    """
    moment = _moment(headers.get("date", ""))
    now = now if moment is None else moment
    told = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(told):
        return max(float(told), 1)
    until = _moment(told)
    if until is not None:
        return max(until - now, 1)
    reset = headers.get("x-ratelimit-reset", "").strip().partition(".")[0]
    if headers.get("x-ratelimit-remaining", "").strip() in ("0", "0.0") and reset.isascii() and reset.isdecimal():
        return max(float(reset) - now + 1, 1)  # nobody knows when in that second
    return None


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
