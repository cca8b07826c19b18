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


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_234_567, "1.2 MB"),
        (9_960_000, "10 MB"),
        (999_700_000, "1 GB"),
        (48_100_000_000_000, "48 TB"),
        (12_345 * 10**15, "12,345 PB"),
    ],
)
def test_size(amount: int, shown: str) -> None:
    """Nobody could compare 1240000000 bytes with what a month may cost."""
    assert figures.size(amount) == shown


def test_plural_and_duration() -> None:
    """`1 models` reads as if nobody had looked."""
    assert (figures.plural(1, "model"), figures.plural(2_000, "row")) == ("1 model", "2,000 rows")
    assert [figures.duration(seconds) for seconds in (0.2, 41.3, 185)] == ["under 1 s", "41 s", "3 min 5 s"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1_204.0, "1,204"),
        (1 / 3, "0.333333"),
        (0.1 + 0.2, "0.3"),
        (1_204_311.25, "1,204,311.25"),
        (-12.5, "−12.5"),
        (1.5e-9, "1.5e−9"),
        (1e20, "1e20"),
        (10**20, "100,000,000,000,000,000,000"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
    ],
)
def test_numbers_of_any_size(value: float, shown: str) -> None:
    """A mean would be shown to 17 digits, or a small one as zero."""
    assert figures.number(value) == shown


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_step_is_seen(base: float, head: float) -> None:
    """A number that changed would be shown from and to the same."""
    first, second = figures.step(base, head)
    assert (first == second) <= (base == head)


@pytest.mark.parametrize(
    ("percent", "shown"),
    [
        (0, "0%"),
        (100.0, "100%"),
        (99.9999, ">99.9%"),
        (99.94, "99.9%"),
        (100.01, ">100%"),
        (-99.96, "−>99.9%"),
        (32.25, "32.2%"),
        (-14.4, "−14.4%"),
        (0.05, "0.05%"),
        (-0.0107, "−0.011%"),
        (1e-7, "<0.001%"),
        (-1e-7, "−<0.001%"),
        (1_234.56, "1,234.6%"),
        (float("inf"), "∞"),
    ],
)
def test_percentages_round_nothing_away(percent: float, shown: str) -> None:
    """A column of which one row in a million differs would match in full."""
    assert figures.percentage(percent) == shown
