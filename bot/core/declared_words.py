"""How it is said what was seen of a declared change."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from bot.domain import ModelReport

_MINUS = "−"
_MOST_DIGITS = 6


def rows_of(number: int) -> str:
    """`1 row`, `8,906 rows`."""
    return f"{number:,} row{'' if number == 1 else 's'}"


def say_net(base: int, head: int, fits: Callable[[Fraction], bool] = lambda _: True) -> str:
    """`−8,906 (−14.4%), 61,948 → 53,042`, or `61,948 rows, as before`.

    Args:
        fits: whether a percentage is within the limits. It is written to as many digits as show that.
    """
    if base == head:
        return f"{rows_of(base)}, as before"
    change = f"{head - base:+,}".replace("-", _MINUS)
    share = f" ({_percentage(Fraction(100 * (head - base), base), fits)})" if base else ""
    return f"{change}{share}, {base:,} → {head:,}"


def say_alone(number: int | None, side: str) -> str:
    """`exists at head only, with 12 rows`."""
    return f"exists at {side} only" + ("" if number is None else f", with {rows_of(number)}")


def sample_of(model: ModelReport, *checks: str) -> str:
    """`a sample of 10%` where these checks of a model looked at no more than that, each of those that counted; else
    empty."""
    told = [one.measures for one in model.findings if one.check in checks and isinstance(one.measures.get("base"), int)]
    shares = [one.get("sampled") for one in told]
    if not shares or None in shares:
        return ""
    share = shares[0]
    return f"a sample of {100 * share:.3g}%" if isinstance(share, int | float) else "a sample"


def _percentage(percent: Fraction, fits: Callable[[Fraction], bool]) -> str:
    for digits in range(1, _MOST_DIGITS):
        text = f"{float(percent):+,.{digits}f}"
        rounded = Fraction(text.replace(",", ""))
        if rounded and (abs(rounded) == 100) == (abs(percent) == 100) and fits(rounded) == fits(percent):
            break
    return f"{text}%".replace("-", _MINUS)
