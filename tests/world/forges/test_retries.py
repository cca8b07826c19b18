"""How long a forge is waited for."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from email.utils import formatdate

import pytest

from bot.errors import Interrupted
from bot.world.forges.contract import Refused, Unavailable
from bot.world.forges.retries import Kind, Retries, Setback, told_wait

from .clock import Clock


def _attempts(*outcomes: Exception | str) -> Callable[[], str]:
    """An attempt that fails, or returns a text, as told; one after the other."""
    left: Iterator[Exception | str] = iter(outcomes)

    def attempt() -> str:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt


def _failed(kind: Kind = Kind.FAILED, told: float | None = None) -> Setback:
    return Setback(kind, "GitHub did not answer: 502", told)


@pytest.mark.parametrize(
    ("setbacks", "pauses"),
    [
        ([_failed()] * 8, [1, 2, 4, 8, 16, 32, 60, 60]),
        ([_failed(Kind.LIMITED)] * 2, [60, 120]),
        ([_failed(Kind.LIMITED, told=7)] * 5, [7, 7, 7, 8, 16]),
        ([_failed(told=20)], [20]),
        ([_failed(Kind.CONFLICT)] * 3, [1, 2, 4]),
        ([_failed(), _failed(Kind.LIMITED), _failed()], [1, 60, 2]),
    ],
    ids=["failed", "limited", "limited and told", "failed and told", "conflict", "mixed"],
)
def test_waits_grow(setbacks: list[Setback], pauses: list[float]) -> None:
    """A forge that asked for rest would be asked again too early, and lock the user's token out for longer."""
    clock = Clock()
    assert clock.retries().until_done(_attempts(*setbacks, "done")) == "done"
    assert clock.sleeps == pauses


def test_pauses_are_spread() -> None:
    """The jobs of one push would come back to a weary forge at the same moment, and be sent away together."""
    clock = Clock()
    retries = Retries(sleep=clock.sleep, clock=clock, jitter=lambda: 1.0)
    retries.until_done(_attempts(_failed(), _failed(Kind.LIMITED, told=40), "done"))
    assert clock.sleeps == [1.25, 50]
    retries = Retries(sleep=clock.sleep, clock=clock)
    retries.until_done(_attempts(_failed(told=40), "done"))
    assert 40 <= clock.sleeps[-1] <= 50


def test_bound_holds() -> None:
    """A job would wait for hours for a forge that is down, and be killed before it tells the verdict."""
    clock = Clock()
    with pytest.raises(Unavailable, match=r"^GitHub did not answer: 502 \(asked 9 times in 183 s\)$"):
        clock.retries(200).until_done(_attempts(*[_failed()] * 20))
    assert sum(clock.sleeps) <= 200


def test_slow_answers_count() -> None:
    """Time-outs of 15 seconds each would add up beyond the bound, though the pauses between them do not."""
    clock = Clock()

    def slow() -> str:
        clock.now += 50
        raise _failed()

    with pytest.raises(Unavailable, match="asked 3 times in 103 s"):
        clock.retries(105).until_done(slow)


def test_bound_holds_where_the_clock_stands() -> None:
    """A machine that was suspended, or whose clock does not move, would ask for ever."""
    sleeps: list[float] = []
    with pytest.raises(Unavailable):
        Retries(100, sleep=sleeps.append, clock=lambda: 0.0).until_done(_attempts(*[_failed()] * 50))
    assert sum(sleeps) <= 100


def test_wait_beyond_the_bound_is_not_begun() -> None:
    """A job would sleep for five minutes, though the forge has said that it takes forty, and then fail all the same."""
    clock = Clock()
    with pytest.raises(Unavailable, match="it wants us to wait 2400 s, and 299 s are left"):
        clock.retries().until_done(_attempts(_failed(), _failed(Kind.LIMITED, told=2400)))
    assert clock.sleeps == [1]


@pytest.mark.parametrize("kind", [Kind.CONFLICT, Kind.UNREADABLE])
def test_some_setbacks_are_met_a_few_times_only(kind: Kind) -> None:
    """A job would wait for five minutes for what does not change by waiting."""
    clock = Clock()
    with pytest.raises(Unavailable, match="asked 4 times"):
        clock.retries().until_done(_attempts(*[_failed(kind)] * 9))
    assert clock.sleeps == [1, 2, 4]


def test_trouble_is_paid_for_once() -> None:
    """A forge that is down would cost a job five minutes for every single thing that it wants to say."""
    clock = Clock()
    retries = clock.retries()
    with pytest.raises(Unavailable):
        retries.until_done(_attempts(*[_failed()] * 20))
    waited = len(clock.sleeps)
    clock.now += 60
    with pytest.raises(Unavailable, match="asked once"):
        retries.until_done(_attempts(_failed()))
    assert len(clock.sleeps) == waited


@pytest.mark.parametrize("how", ["a success", "a long time"])
def test_trouble_is_forgotten(how: str) -> None:
    """After a bad start, the final status would be lost to a moment's failure, and the pull request stay pending."""
    clock = Clock()
    retries = clock.retries()
    with pytest.raises(Unavailable):
        retries.until_done(_attempts(*[_failed()] * 20))
    if how == "a success":
        assert retries.until_done(_attempts("well")) == "well"
    else:
        clock.now += 301
    assert retries.until_done(_attempts(_failed(), _failed(), "done")) == "done"


def test_doubtful_attempt_is_looked_for() -> None:
    """A comment would stand twice, because the forge stored it and failed only to say so."""
    clock = Clock()
    assert clock.retries().until_done(_attempts(_failed()), lambda: "found") == "found"
    assert clock.sleeps == [1]  # the forge gets a moment to show what it stored


def test_doubt_stays() -> None:
    """A comment that is stored late would stand twice: the attempt after it was only told to wait."""
    clock = Clock()
    looks = iter([None, "found"])
    attempt = _attempts(_failed(), _failed(Kind.LIMITED, told=5))
    assert clock.retries().until_done(attempt, lambda: next(looks)) == "found"


@pytest.mark.parametrize("kind", [Kind.LIMITED, Kind.CONFLICT])
def test_certain_failure_is_not_looked_for(kind: Kind) -> None:
    """A forge that says we ask too often would be asked for all comments besides."""

    def look() -> str | None:
        pytest.fail("nothing was stored")

    assert Clock().retries().until_done(_attempts(_failed(kind), "done"), look) == "done"


def test_looking_shares_the_bound() -> None:
    """A forge that answers the search and never the write would be asked for ever."""
    clock = Clock()
    retries = clock.retries()

    def look() -> str | None:
        return retries.until_done(_attempts(_failed(), "")) or None

    with pytest.raises(Unavailable):
        retries.until_done(_attempts(*[_failed()] * 50), look)
    assert sum(clock.sleeps) <= 300


def test_failed_search_ends_it() -> None:
    """A comment would be written again, though nobody could look whether it is there."""

    def look() -> str | None:
        raise Refused("not allowed")

    with pytest.raises(Refused):
        Clock().retries().until_done(_attempts(_failed(), "second"), look)


def test_refusal_is_not_repeated() -> None:
    """A job of a fork would wait for minutes for a permission that it never gets."""
    clock = Clock()
    with pytest.raises(Refused):
        clock.retries().until_done(_attempts(Refused("no"), "done"))
    assert clock.sleeps == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Interrupted("stopped", remedy="")], ids=["Ctrl-C", "SIGTERM"])
def test_interrupt_passes(error: BaseException) -> None:
    """A cancelled job would go on asking until it is killed, and leave its status pending."""

    def sleep(_seconds: float) -> None:
        raise error

    with pytest.raises(type(error)):
        Retries(sleep=sleep).until_done(_attempts(_failed(), "done"))


def test_signal_ends_a_real_wait() -> None:
    """A cancelled job would sleep until the forge wants to be asked again, and be killed meanwhile."""

    def stop(*_: object) -> None:
        raise Interrupted("stopped", remedy="")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(Interrupted):
            Retries().until_done(_attempts(_failed(told=200), "done"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_writes_are_kept_apart() -> None:
    """GitHub would take a burst of writes for abuse, and refuse the comment."""
    clock = Clock()
    retries = clock.retries(write_seconds=1)
    for _ in range(2):
        with retries.writing():
            clock.now += 0.25
    clock.now += 5
    with retries.writing():
        pass
    assert clock.sleeps == [1]


_NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 1),
        ({"retry-after": formatdate(_NOW + 90, usegmt=True)}, 90),
        ({"retry-after": formatdate(_NOW - 90, usegmt=True)}, 1),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 40}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(_NOW) + 30)}, 31),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{int(_NOW) + 30}.0"}, 31),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(_NOW) - 30)}, 1),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(int(_NOW) + 30)}, None),
        ({"retry-after": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(_NOW) + 30)}, 3),
    ],
)
def test_told_wait_is_read(headers: dict[str, str], expected: float | None) -> None:
    """The forge would be asked again before the time that it named, or much later than it had to be."""
    assert told_wait(headers, _NOW) == expected


def test_clock_of_the_forge_counts() -> None:
    """A runner whose clock is an hour wrong would give up at once, or ask too early."""
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(_NOW) + 30)}
    headers["date"] = formatdate(_NOW, usegmt=True)
    assert told_wait(headers, _NOW - 3600) == 31
