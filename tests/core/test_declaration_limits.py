"""Limits of numbers of rows are read as their author means them."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.declaration_limits import parse, parse_number
from bot.domain import RowUnit

_WHOLE = st.integers(0, 10**12)
_SHARES = st.decimals(0, 100, places=3, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("-25%..-35%", -35, -25, RowUnit.PERCENT),
        ("-35%..-25%", -35, -25, RowUnit.PERCENT),
        ("-5%..+3.5%", -5, "3.5", RowUnit.PERCENT),
        ("+3%", 3, 3, RowUnit.PERCENT),
        ("0%", 0, 0, RowUnit.PERCENT),
        ("-5%..0", -5, 0, RowUnit.PERCENT),
        ("+0", 0, 0, RowUnit.DIFFERENCE),
        ("-8906", -8906, -8906, RowUnit.DIFFERENCE),
        ("−8,906", -8906, -8906, RowUnit.DIFFERENCE),
        ("-10..+5", -10, 5, RowUnit.DIFFERENCE),
        ("0..+5", 0, 5, RowUnit.DIFFERENCE),
        ("20000..22000", 20000, 22000, RowUnit.TOTAL),
        (" 22_000 .. 20_000 ", 20000, 22000, RowUnit.TOTAL),
        ("8906", 8906, 8906, RowUnit.TOTAL),
        ("0", 0, 0, RowUnit.TOTAL),
    ],
)
def test_limits_are_read(text: str, low: object, high: object, unit: RowUnit) -> None:
    """A request would be held to other limits than its author wrote."""
    limits = parse(text)
    assert (limits.low, limits.high, limits.unit) == (Decimal(str(low)), Decimal(str(high)), unit)
    assert limits.text == text.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a difference"),
        ("many", "expected a difference"),
        ("1..2..3", "expected a difference"),
        ("1,00", "expected a difference"),
        ("--5", "expected a difference"),
        ("1e3", "expected a difference"),
        ("٣", "expected a difference"),
        ("9" * 61, "expected a difference"),
        ("25%", "a sign is missing"),
        ("-25%..35%", "a sign is missing"),
        ("-10..5", "a sign is missing"),
        ("-5%..-100", "one end is a percentage"),
        ("-100.1%", "more than all of its rows"),
        ("+1.5", "no parts of rows"),
        ("1.5..2", "no parts of rows"),
    ],
)
def test_what_says_no_limits_is_refused_with_the_reason(text: str, words: str) -> None:
    """A slip would be read as limits that the author did not mean."""
    with pytest.raises(ValueError, match=words):
        parse(text)


@pytest.mark.parametrize("text", ["-5", "+5", "5%", "", "0..-1"])
def test_rows_that_come_or_go_have_no_sign(text: str) -> None:
    """`removed: -5` can mean two things, and one of them would be taken."""
    with pytest.raises(ValueError, match="without a sign"):
        parse_number(text)
    with pytest.raises(ValueError, match="no parts of rows"):
        parse_number("1.5")


@given(_WHOLE, _WHOLE, st.sampled_from(["-", "+"]), st.sampled_from(["-", "+"]))
def test_differences_keep_their_ends_in_either_order(one: int, other: int, first: str, last: str) -> None:
    """A limit would depend on which end is written first."""
    ends = Decimal(f"{first}{one}"), Decimal(f"{last}{other}")
    for text in (f"{first}{one}..{last}{other}", f"{last}{other:,}..{first}{one:_}"):
        limits = parse(text)
        assert (limits.low, limits.high) == (min(ends), max(ends))
        assert limits.unit is RowUnit.DIFFERENCE


@given(_WHOLE, _WHOLE)
def test_totals_keep_their_ends_in_either_order(one: int, other: int) -> None:
    """A limit would depend on which end is written first."""
    for read in (parse, parse_number):
        limits = read(f"{one}..{other}")
        assert (limits.low, limits.high) == (Decimal(min(one, other)), Decimal(max(one, other)))
        assert limits.unit is RowUnit.TOTAL


@given(_SHARES, _SHARES)
def test_percentages_are_exact(one: Decimal, other: Decimal) -> None:
    """A limit of 14.35% would be one of 14.349999%."""
    limits = parse(f"-{one}%..+{other}%")
    assert (limits.low, limits.high) == (-one, other)


@given(st.text(max_size=30) | st.text(alphabet="0123456789.,_+-−% ", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Odd signs would end the run without a word on where they are."""
    for read in (parse, parse_number):
        with suppress(ValueError):
            limits = read(text)
            assert limits.low <= limits.high
