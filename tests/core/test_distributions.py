"""Bins, and how far two distributions lie apart."""

from __future__ import annotations

import math

import pytest

from bot.core.distributions import at_quantiles, bars, equal_widths, figure, stability_index


def test_bins_of_equal_width_reach_from_end_to_end() -> None:
    """The greatest value would lie outside of all bins, by a rounding error."""
    assert equal_widths(0, 10, 5) == (0, 2, 4, 6, 8, 10)
    edges = equal_widths(0.1, 0.7, 7)
    assert (edges[0], edges[-1], len(edges)) == (0.1, 0.7, 8)
    greatest = 1.7e308
    assert all(math.isfinite(edge) for edge in equal_widths(-greatest, greatest, 4))


def test_bins_ascend_where_floats_lie_close() -> None:
    """A bin without width would be asked for, and the warehouse refuse or count twice."""
    above = math.nextafter(1.0, 2.0)
    assert equal_widths(1.0, above, 10) == (1.0, above)
    assert equal_widths(1.0, 1.0, 10) == ()


def test_quantiles_that_are_one_value_make_one_edge() -> None:
    """A column that is mostly zero could not be cut into deciles."""
    assert at_quantiles(0, 9, [0, 0, 0, 1, 1, 4]) == (0, 1, 4, 9)
    assert at_quantiles(5, 5, [5]) == ()


def test_the_stability_index_is_that_of_the_textbook() -> None:
    """A threshold on it would mean something else than anywhere else."""
    base, head = (10, 20, 30, 40), (20, 20, 30, 30)
    by_hand = 0.1 * math.log(2) + (0.3 - 0.4) * math.log(0.3 / 0.4)
    assert stability_index(base, head) == pytest.approx(by_hand, abs=1e-6)
    assert stability_index(base, [10 * one for one in base]) == 0
    emptied = 0.0999 * math.log(0.1 / 0.0001) - 0.1 * math.log(0.9)
    assert stability_index((10, 90), (0, 100)) == pytest.approx(emptied, abs=1e-6)


def test_a_side_without_rows_has_no_index() -> None:
    """A table that lost all its rows would be as it was."""
    assert stability_index((1, 2), (0, 0)) is None
    assert stability_index((0, 0), (1, 2)) is None
    assert stability_index((0, 0), (0, 0)) == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"), (10.0, "10"), (-2.5, "-2.5"), (1234567.0, "1,234,567"), (1 / 3, "0.33333"),
        (123.456789, "123.457"), (1e15, "1e+15"), (0.00001, "1e-05"),
    ],
)  # fmt: skip
def test_figures_are_short(number: float, text: str) -> None:
    """The bins of a table would be called 0.30000000000000004 to 0.4."""
    assert figure(number) == text


def test_bars() -> None:
    """A bin of few rows would look empty."""
    assert bars([0, 1, 600, 1200]) == ["", "▏", "█" * 6, "█" * 12]
    assert bars([0, 0]) == ["", ""]
