"""Names and wildcards of a configuration, and the columns they mean."""

from __future__ import annotations

from bot.core.choosing import choose, unknown

NAMES = ("id", "Net_Amount", "gross_amount", "a[1]")


def test_names_and_wildcards_choose_columns() -> None:
    """A column that was named would not be looked at."""
    assert choose(["ID", "net_amount"], NAMES) == ("id", "Net_Amount")
    assert choose(["gross_amount", "*_AMOUNT"], NAMES) == ("Net_Amount", "gross_amount")
    assert choose(["*"], NAMES) == NAMES
    assert choose(["a[1]"], NAMES) == ("a[1]",)
    assert choose([], NAMES) == ()


def test_a_name_that_means_nothing_is_told() -> None:
    """A misspelt name would silently switch off what it was to watch."""
    assert unknown(["ID", "nett_amount", "x_*", "a[1]"], NAMES) == ("nett_amount",)
