"""Writes numbers for readers: thousands separators, signs, and percentages that never round a difference away."""

from __future__ import annotations

import math

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


def size(amount: int) -> str:
    """An amount of bytes as those read it who pay for it, in steps of a thousand: `312 bytes`, `1.2 GB`, `48 TB`."""
    if amount < 1000:
        return plural(amount, "byte")
    units = ("kB", "MB", "GB", "TB", "PB")
    for step, unit in enumerate(units, start=1):
        shown = amount / 1000**step
        if shown < 999.5 or unit == units[-1]:
            break
    return f"{shown:.1f} {unit}".replace(".0 ", " ") if shown < 9.95 else f"{shown:,.0f} {unit}"


def number(value: float, digits: int = 6) -> str:
    """Any number, to at least that many significant digits: `1,204`, `0.0312`, `1.5e-09`, `NaN`, `−∞`.

    At least two decimals are kept of what has any.
    """
    if isinstance(value, int):
        return count(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if size and not 1e-4 <= size < 1e15:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        places = max(2, digits - 1 - (math.floor(math.log10(size)) if size else 0))
        text = f"{value or 0.0:,.{places}f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def step(base: float, head: float) -> tuple[str, str]:
    """Two numbers that differ, to as many digits as show it."""
    for digits in (6, 9, 12):
        shown = number(base, digits), number(head, digits)
        if shown[0] != shown[1]:
            return shown
    return repr(base).replace("-", MINUS), repr(head).replace("-", MINUS)


def percentage(percent: float) -> str:
    """`32.2%`, `−14.4%`, `0.011%`: to one decimal, or two digits of what is small. As in `share`, `0%` and `100%` are
    said only of nothing and of all."""
    if not math.isfinite(percent):
        return number(percent)
    sign, size = MINUS if percent < 0 else "", abs(percent)
    if size in (0, 100):
        return f"{sign}{size:.0f}%"
    if size < 0.1:
        return f"{sign}<0.001%" if size < 0.001 else f"{sign}{size:.2g}%"
    if 99.95 <= size < 100.05:
        return f"{sign}>{'99.9' if size < 100 else '100'}%"
    return f"{sign}{size:,.1f}%"
