"""Tests of bot/render/figures.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import figures


@pytest.mark.parametrize(
    ("base", "head", "shown"),
    [
        (61_948, 53_042, "−8,906 (−14.4%)"),
        (1_000, 1_200, "+200 (+20.0%)"),
        (5, 5, "0"),
        (0, 312, "+312"),
        (249, 0, "−249 (−100%)"),
        (100, 300, "+200 (+200.0%)"),
        (1_000_000, 1_000_001, "+1 (<0.1%)"),
        (1_000_000, 1, "−999,999 (>99.9%)"),
    ],
)
def test_difference(base: int, head: int, shown: str) -> None:
    """A reviewer would misjudge how much was lost: of base, signed, and never rounded to nothing."""
    assert figures.difference(base, head) == shown


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_share_says_nothing_and_all_only_of_nothing_and_all(part: int, whole: int) -> None:
    """One row of a billion that differs would be shown as 100% equal."""
    shown = figures.share(part, whole)
    assert (shown == "0%") == (part == 0)
    assert (shown == "100%") == (part == whole)
    assert shown not in ("0.0%", "100.0%")


def test_counts_are_grouped_and_unknown_ones_are_no_zero() -> None:
    """What could not be counted would look like an empty table."""
    assert figures.count(1_234_567) == "1,234,567"
    assert figures.count(None) == "–"
    assert figures.count(0) == "0"


def test_plural_and_duration() -> None:
    """`1 models` reads as if nobody had looked."""
    assert (figures.plural(1, "model"), figures.plural(2_000, "row")) == ("1 model", "2,000 rows")
    assert [figures.duration(seconds) for seconds in (0.2, 41.3, 185)] == ["under 1 s", "41 s", "3 min 5 s"]
