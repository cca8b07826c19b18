"""What may be spent becomes the share of each pair that is looked at, and how sure its figures are."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from bot.core.wording import count
from bot.domain import Budget, Spent

# Few steps, so that a table that grows a little keeps its sample; in millionths, as `sampling` counts.
_STEPS = (500_000, 250_000, 100_000, 50_000, 25_000, 10_000, 5_000, 2_500, 1_000, 500, 250, 100, 50, 25, 10)
_WHOLE = 1_000_000
_Z = 1.959963984540054  # of the normal distribution, 95 percent lie within so many standard deviations


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is of a pair, both sides together; None where that is not known."""

    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """The share of a pair's keys to look at: above 0, 1 is all; None: nothing can be asked any more.

    `reason` is the limit that says so (`the run's budget of 2,000,000 rows`), empty where the share is 1.
    """

    share: float | None
    reason: str = ""


class Purse:
    """The budget of a run, divided among its pairs.

    Small pairs are looked at whole, and greater ones share alike in what these leave. Rows and bytes are divided once:
    the shares do not depend on who is asked first or on how fast the warehouse is. A pair counts once, however often
    its rows are read; one of which a figure is not known is not limited by it. Seconds are an estimate.

    Args:
        run: what the run may spend.
        loads: all pairs of the run, by any name.
    """

    def __init__(self, run: Budget, loads: Mapping[str, Load]) -> None:
        self._run = run
        self._loads = loads
        self._shares = dict.fromkeys(loads, _WHOLE)
        self._reasons = dict.fromkeys(loads, "")
        rows = {name: load.rows for name, load in loads.items() if load.rows}
        sizes = {name: load.bytes for name, load in loads.items() if load.bytes}
        for limit, amounts, unit in ((run.rows, rows, "row"), (run.bytes, sizes, "byte")):
            level = _level(amounts.values(), limit)
            for name, amount in amounts.items():
                self._limit(name, _step(amount, level), _words("run", limit, unit))

    def allow(self, name: str, spent: Spent, waiting: Collection[str] = (), check: Budget | None = None) -> Allowance:
        """What may be looked at of a pair.

        Args:
            name: of the pair.
            spent: by the run so far. Its rows each second are taken for what the warehouse can do.
            waiting: pairs that are still to be asked: what is left of the time is divided among them and this one.
            check: what the check that wants to know may itself spend on this pair.
        """
        run = self._run
        if run.statements is not None and spent.statements >= run.statements:
            return Allowance(None, _words("run", run.statements, "statement"))
        if run.seconds is not None and spent.seconds >= run.seconds:
            return Allowance(None, _words("run", run.seconds, "second"))
        load = self._loads[name]
        found = [(self._shares[name], self._reasons[name])]
        if run.seconds is not None and load.rows:
            level = _level(self._to_look_at({*waiting, name}), _within(run.seconds - spent.seconds, spent))
            found.append((_step(load.rows, level), _words("run", run.seconds, "second")))
        if check:
            found += _by_check(check, load, spent)
        share, reason = min(found, key=lambda one: one[0])
        return Allowance(share / _WHOLE if share else None, reason)

    def _limit(self, name: str, share: int, reason: str) -> None:
        if share < self._shares[name]:
            self._shares[name], self._reasons[name] = share, reason

    def _to_look_at(self, names: Collection[str]) -> list[int]:
        """The rows of some pairs in the shares that rows and bytes leave of them; those of unknown size left out."""
        return [(self._loads[name].rows or 0) * self._shares[name] // _WHOLE for name in names]


def interval(hits: int, n: int) -> tuple[float, float]:
    """Between which shares the true one lies, if `hits` of `n` sampled rows are hits: 95 percent confidence.

    The score interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
    of the American Statistical Association 22 (1927), pages 209 to 212. Unlike the usual one it holds for few rows and
    near 0 and 1: of no hits the upper limit is about 3.84 / (n + 3.84). Nothing is known of no rows: 0 to 1.

    Raises:
        ValueError: not 0 <= hits <= n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n}")
    if n == 0:
        return 0.0, 1.0
    share, weight = hits / n, _Z * _Z / n
    middle = share + weight / 2
    spread = _Z * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    low = 0.0 if hits == 0 else (middle - spread) / (1 + weight)
    high = 1.0 if hits == n else (middle + spread) / (1 + weight)
    return low, high


def _level(amounts: Collection[int], limit: float | None) -> Fraction | None:
    """How much of each amount may be taken, so that all together keep to a limit; None where all of it may."""
    if limit is None:
        return None
    left, taken_from = Fraction(limit), len(amounts)
    for amount in sorted(amounts):
        if amount * taken_from > left:
            return left / taken_from
        left, taken_from = left - amount, taken_from - 1
    return None


def _step(amount: int, level: Fraction | float | None) -> int:
    """The greatest share in our steps, in millionths, that takes no more than a level; 0 if there is none."""
    if level is None or amount <= level:
        return _WHOLE
    return next((step for step in _STEPS if amount * step <= level * _WHOLE), 0)


def _within(seconds: float, spent: Spent) -> float | None:
    """The rows that can be looked at in so many seconds; None where no pair was done with yet."""
    return seconds * spent.rows / spent.seconds if spent.rows and spent.seconds else None


def _by_check(check: Budget, load: Load, spent: Spent) -> list[tuple[int, str]]:
    in_time = None if check.seconds is None else _within(check.seconds, spent)
    return [
        (_step(load.rows or 0, check.rows), _words("check", check.rows, "row")),
        (_step(load.bytes or 0, check.bytes), _words("check", check.bytes, "byte")),
        (_step(load.rows or 0, in_time), _words("check", check.seconds, "second")),
    ]


def _words(whose: str, limit: float | None, unit: str) -> str:
    return f"the {whose}'s budget of {count(limit, unit)}" if limit is not None else ""
