"""Dates and moments as numbers: seconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY = 24 * 60 * 60
_START = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(text: str) -> float | None:
    """The seconds of a date or moment as warehouses write it; None where it is outside of the years 1 to 9999."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return (aware - _START) / timedelta(seconds=1)
    except OverflowError:
        return None


def text_of(seconds: float, *, days: bool) -> str:
    """A moment to the second, or with `days` its date alone."""
    try:
        moment = _START + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds:g} s"
    return moment.strftime("%Y-%m-%d") if days else moment.strftime("%Y-%m-%d %H:%M:%S")
