"""Writes numbers for readers: thousands separators, signs, and percentages that never round a difference away."""

from __future__ import annotations

MINUS = "−"
UNKNOWN = "–"


def count(number: int | None) -> str:
    """`61,948`; a dash where the number is not known."""
    return UNKNOWN if number is None else f"{number:,}".replace("-", MINUS)


def signed(number: int) -> str:
    """`+12`, `−8,906`, `0`."""
    return f"+{number:,}" if number > 0 else count(number)


def share(part: int, whole: int) -> str:
    """What percentage of `whole` (above zero) `part` (not negative) is, to one decimal.

    `0%` and `100%` are said only of nothing and of all: what lies beside them is `<0.1%` or `>99.9%`.
    """
    if part in (0, whole):
        return "0%" if part == 0 else "100%"
    tenths = (2000 * part + whole) // (2 * whole)
    if tenths == 0:
        return "<0.1%"
    if tenths == 1000:
        return ">99.9%" if part < whole else ">100%"
    return f"{tenths // 10:,}.{tenths % 10}%"


def difference(base: int, head: int) -> str:
    """From base to head, with the percentage of base: `−8,906 (−14.4%)`. Of an empty base there is none."""
    change = head - base
    if change == 0 or base == 0:
        return signed(change)
    percent = share(abs(change), base)
    sign = "" if percent[0] in "<>" else "+" if change > 0 else MINUS
    return f"{signed(change)} ({sign}{percent})"


def plural(number: int, noun: str) -> str:
    """`1 model`, `2,374 models`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def duration(seconds: float) -> str:
    """`41 s`, `3 min 5 s`; `under 1 s` for less than one."""
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
