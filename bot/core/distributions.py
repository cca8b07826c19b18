"""Two distributions side by side: the bins they are cut into, and how far apart they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

# The share that stands for an empty bin, so that its logarithm can be taken.
LEAST_SHARE = 0.0001
_BAR = 12
_PLAIN = 1e-4


def equal_widths(least: float, greatest: float, bins: int) -> tuple[float, ...]:
    """The edges of bins of equal width; fewer bins where floats lie too close. Nothing where both ends are one."""
    # Weighted, because the difference of the ends may be greater than any float.
    edges = [least * (1 - step / bins) + greatest * (step / bins) for step in range(1, bins)]
    return _ascending((least, *edges, greatest))


def at_quantiles(least: float, greatest: float, quantiles: Sequence[float]) -> tuple[float, ...]:
    """The edges of bins between quantiles; quantiles that are one value make one edge."""
    return _ascending((least, *(one for one in quantiles if least < one < greatest), greatest))


def stability_index(base: Sequence[int], head: Sequence[int]) -> float | None:
    """The population stability index of two counts of the same bins; None where one side alone has no rows.

    The sum of (h - b) * ln(h / b) over all bins, b and h being the shares of base's and head's rows in a bin; a share
    below 0.0001 counts as 0.0001. It is 0 where both are alike and has no upper end.
    """
    totals = sum(base), sum(head)
    if not any(totals):
        return 0.0
    if not all(totals):
        return None
    shares = (
        (max(b / totals[0], LEAST_SHARE), max(h / totals[1], LEAST_SHARE)) for b, h in zip(base, head, strict=True)
    )
    return round(math.fsum((h - b) * math.log(h / b) for b, h in shares), 6)


def figure(number: float) -> str:
    """A number with six digits that count at most, and no more than it has."""
    if number and not _PLAIN <= abs(number) < 1 / _PLAIN**3:
        return f"{number:.4g}"
    whole = len(f"{abs(number):.0f}")
    text = f"{number:,.{max(0, 6 - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def bars(counts: Sequence[int]) -> list[str]:
    """A bar of text for each bin, the longest for that with most rows. What is not empty can be seen."""
    most = max(counts) or 1
    return ["█" * round(_BAR * number / most) or ("▏" if number else "") for number in counts]


def _ascending(edges: Sequence[float]) -> tuple[float, ...]:
    found = [edges[0]]
    for edge in edges[1:]:
        if edge > found[-1]:
            found.append(edge)
    return tuple(found) if len(found) > 1 else ()
