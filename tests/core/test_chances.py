"""How likely it is that a condition fits by accident, against sums of exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bot.core.chances import is_accident, log_chance, log_ways


def _exactly(rows: int, drawn: int, fitting: int, hits: int) -> Fraction:
    ways = sum(
        math.comb(fitting, more) * math.comb(rows - fitting, drawn - more)
        for more in range(hits, min(drawn, fitting) + 1)
    )
    return Fraction(ways, math.comb(rows, drawn))


@given(st.data())
def test_a_chance_is_never_told_too_small(data: st.DataObject) -> None:
    """A chance that is told too small would let an accident pass for a reason."""
    rows = data.draw(st.integers(1, 200))
    drawn = data.draw(st.integers(1, rows))
    fitting = data.draw(st.integers(0, rows))
    hits = data.draw(st.integers(max(0, drawn + fitting - rows), min(drawn, fitting)))
    exactly = _exactly(rows, drawn, fitting, hits)
    assert log_chance(rows, drawn, fitting, hits) >= math.log(exactly) - 1e-9


@given(st.integers(2, 200), st.data())
def test_where_every_row_fits_and_no_other_the_chance_is_exact(rows: int, data: st.DataObject) -> None:
    """The clearest conditions of small tables would be held back if their chance were told too great."""
    drawn = data.draw(st.integers(1, rows))
    assert math.isclose(log_chance(rows, drawn, drawn, drawn), -math.log(math.comb(rows, drawn)), abs_tol=1e-9)


def test_a_condition_that_holds_for_every_row_says_nothing() -> None:
    """It would be told that all removed rows have a customer although every row has one."""
    assert log_chance(1_000_000, 400_000, 1_000_000, 400_000) == 0
    assert log_chance(100, 5, 50, 0) == 0


def test_more_ways_make_an_accident_of_what_is_rare_by_itself() -> None:
    """Among a thousand conditions, what happens once in 10,000 times by accident would be told as a reason."""
    one = math.log(1e-4)
    assert not is_accident(one, log_ways(5, 1))
    assert is_accident(one, log_ways(1_000, 1))
