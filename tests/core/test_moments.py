"""Dates and moments as numbers."""

from __future__ import annotations

import pytest

from bot.core.moments import seconds_of, text_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01", 0),
        ("1970-01-02 00:00:01.5", 86_401.5),
        ("1969-12-31 23:00:00", -3_600),
        ("1970-01-01 02:00:00+02", 0),
        ("2024-02-29 12:00:00.123456789", 1_709_208_000.123456),
        ("0001-01-01", -62_135_596_800),
        ("infinity", None),
        ("0044-03-15 (BC)", None),
        ("12024-01-01", None),
        ("", None),
    ],
)
def test_seconds(text: str, seconds: float | None) -> None:
    """A threshold on a date would be off by a time zone, or a date of the Romans end the check."""
    assert seconds_of(text) == seconds


def test_texts() -> None:
    """The bins of a histogram of dates would be called by their seconds."""
    assert text_of(86_400, days=True) == "1970-01-02"
    assert text_of(86_399.5, days=False) == "1970-01-01 23:59:59"
    assert text_of(1e15, days=True) == "1e+15 s"
