"""How likely it is that a condition fits some rows by accident.

Whoever looks at every column finds something: three rows always lie in some narrow range of an id. What is claimed of
rows must be so unlikely of rows drawn at random that it stays unlikely among all the conditions that could have been
found. The sum over all of them is never more than what is allowed (Bonferroni).
"""

from __future__ import annotations

import math

ALLOWED = 0.001
"""How often rows drawn at random may seem to have something in common."""


def log_chance(rows: int, drawn: int, fitting: int, hits: int) -> float:
    """The logarithm of the chance that of some rows drawn at random so many or more fit, or a little more than it.

    Args:
        rows: that there are.
        drawn: of them, without putting back.
        fitting: rows of all that fit a condition.
        hits: rows drawn that fit it.

    The chances of more hits fall at least as fast as a geometric series (of the hypergeometric distribution), so no
    sum over millions of them is needed.
    """
    if hits <= 0:
        return 0.0
    exactly = _log_choose(fitting, hits) + _log_choose(rows - fitting, drawn - hits) - _log_choose(rows, drawn)
    more = (fitting - hits) * (drawn - hits)
    step = more / ((hits + 1) * (rows - fitting - drawn + hits + 1))
    return min(0.0, exactly - math.log1p(-step)) if step < 1 else 0.0


def log_ways(values: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose some of so many values, in any order."""
    return _log_choose(values, chosen)


def is_accident(log_of_one: float, log_of_ways: float) -> bool:
    """Whether what has such a chance by itself is to be expected among so many ways."""
    return log_of_one + log_of_ways > math.log(ALLOWED)


def _log_choose(of: int, chosen: int) -> float:
    if not 0 <= chosen <= of:
        return -math.inf
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
