"""Tests of bot/render/which_rows.py."""

from __future__ import annotations

import pytest

from bot.domain import Common, Relates, RowKind
from bot.render.terminal import DRESS
from bot.render.which_rows import sentence


def _common(relates: Relates, values: tuple[str, ...], rows: int, matching: int, others: int) -> Common:
    return Common(RowKind.REMOVED, "status", relates, values, rows, matching, others)


@pytest.mark.parametrize(
    ("common", "said"),
    [
        (
            _common(Relates.IN, ("a", "b"), 8_906, 8_906, 0),
            "All 8,906 removed rows have status in (a, b), and no other row has.",
        ),
        (_common(Relates.IN, ("a",), 1, 1, 1), "The only removed row has status = a; 1 other row has it, too."),
        (
            _common(Relates.BETWEEN, ("2024-03-01", "2024-03-31"), 412, 401, 12),
            "97.3% of the 412 removed rows have status from 2024-03-01 to 2024-03-31; 12 other rows have it, too.",
        ),
        (_common(Relates.BETWEEN, ("7", "7"), 2, 2, 0), "All 2 removed rows have status = 7, and no other row has."),
        (_common(Relates.NULL, (), 3, 3, 0), "All 3 removed rows have status null, and no other row has."),
        (
            _common(Relates.NOT_NULL, (), 10**6, 999_999, 0),
            ">99.9% of the 1,000,000 removed rows have status not null, and no other row has.",
        ),
        (_common(Relates.IN, ("a",), 3, 0, 5), ""),
    ],
)
def test_a_condition_is_told_with_what_it_leaves_out(common: Common, said: str) -> None:
    """A reader would take a condition that nearly fits for the cause."""
    assert sentence(common, DRESS) == said


def test_many_values_are_a_few_and_a_number() -> None:
    """One condition would fill the page."""
    common = _common(Relates.IN, tuple(map(str, range(20))), 20, 20, 0)
    assert "in (0, 1, 2, 3, 4, 5 and 14 more)" in sentence(common, DRESS)
    assert sentence(common, DRESS, "orders").startswith("All 20 removed rows of orders have")
