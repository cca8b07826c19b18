"""Tests for `core.noise`: with chance alone nearly nothing is called a change; what is beyond chance is."""

from __future__ import annotations

import random

import pytest

from bot.core.draws import Tally
from bot.core.noise import Facts, broken, chance, is_beyond, is_far, is_rounding, is_shaped_otherwise, look_alike, rule

_ROWS = 400


def _tally(draws: list[list[int]]) -> Tally:
    """The tally of base, head and controls, each a list of values by row."""
    base, head, *controls = draws
    lone = alone = varied = 0
    for row, (left, right) in enumerate(zip(base, head, strict=True)):
        drawn = [control[row] for control in controls]
        differing = sum(value != left for value in drawn)
        varied += differing > 0
        lone += right != left and differing == 0
        alone += right != left and all(value == right for value in drawn)
    differing = sum(left != right for left, right in zip(base, head, strict=True))
    return Tally(len(base), varied, lone, alone, differing)


def _draw(chooser: random.Random, options: list[int]) -> list[int]:
    return [chooser.randrange(number) for number in options]


@pytest.mark.parametrize("controls", [1, 2, 3])
@pytest.mark.parametrize("most", [2, 3, 40])
def test_chance_alone_is_nearly_never_a_change(controls: int, most: int) -> None:
    """A user would be stopped at the gate by the ties of a row_number."""
    chooser = random.Random(20_240_611)
    alarms = 0
    for _ in range(300):
        options = [chooser.randint(1, most) for _ in range(_ROWS)]
        alarms += rule(_tally([_draw(chooser, options) for _ in range(controls + 2)]), controls).beyond
    assert alarms <= 3


@pytest.mark.parametrize("controls", [1, 3])
def test_a_build_that_always_takes_the_first_row_is_nearly_never_a_change(controls: int) -> None:
    """A user would be stopped because base reads a table from its front and head from its end."""
    chooser = random.Random(7)
    alarms = 0
    for _ in range(200):
        options = [chooser.randint(1, 4) for _ in range(_ROWS)]
        base, head = [0 for _ in options], [number - 1 for number in options]
        drawn = [_draw(chooser, options) for _ in range(controls)]
        alarms += rule(_tally([base, head, *drawn]), controls).beyond
    assert alarms <= 2


@pytest.mark.parametrize("controls", [1, 3])
def test_what_head_changes_on_top_of_noise_is_found(controls: int) -> None:
    """A user would have a real change waved through because the column has ties."""
    chooser = random.Random(3)
    found = 0
    for _ in range(100):
        options = [chooser.randint(1, 3) if number < 60 else 1 for number in range(_ROWS)]
        draws = [_draw(chooser, options) for _ in range(controls + 2)]
        draws[1] = [value + 10 if number >= _ROWS - 40 else value for number, value in enumerate(draws[1])]
        found += rule(_tally(draws), controls).beyond
    assert found >= 99


def test_a_change_beside_an_accident_that_both_sides_share_is_found() -> None:
    """A user would lose a dozen changed rows because the control alone happens to vary in a thousand."""
    assert is_beyond(Tally(5_000, 1_000, lone=12, base=0, differing=12))
    assert not is_beyond(Tally(5_000, 1_000, lone=9, base=0, differing=9))


def test_another_control_is_asked_for_while_chance_may_explain_it() -> None:
    """A user would be told noise, or a change, on the strength of one throw of the dice."""
    doubtful = Tally(100, 20, lone=3, base=2, differing=5)
    assert [rule(doubtful, controls).open for controls in (1, 2, 3)] == [True, True, False]
    assert not rule(Tally(100, 20, lone=0, base=2, differing=2), 1).open


def test_many_lone_rows_are_a_change_however_chance_may_see_it() -> None:
    """A user with a table of a few rows would see half of them change and read noise."""
    ruling = rule(Tally(12, 2, lone=4, base=1, differing=5), 3)
    assert ruling.beyond


def test_chance_is_that_of_a_binomial() -> None:
    """Every verdict on noise rests on this number."""
    assert chance(10, 10, 0.5) == pytest.approx(2**-10)
    assert chance(2, 3, 0.5) == pytest.approx(0.5)
    assert chance(1, 4, 0.5) == 1.0
    assert chance(600_000, 1_000_000, 0.5) == 0.0


def test_a_number_is_far_only_beyond_what_the_draws_differ() -> None:
    """A user would be stopped by a number of rows that varies, or lose rows because it does."""
    assert is_far(500, [1000, 990, 1010])
    assert not is_far(500, [1000, 940, 1010])
    assert not is_far(900, [1000, 1000, 1000])
    assert not is_far(1000, [1000, 990])


def test_rounding_is_what_is_tiny_and_known() -> None:
    """A user would be told that a sum changed that was added up in another order, or lose one that did change."""
    assert is_rounding(Tally(9, 3, 0, 0, 3, step=3e-15))
    assert not is_rounding(Tally(9, 3, 0, 0, 3, step=1e-3))
    assert not is_rounding(Tally(9, 3, 0, 0, 3, step=None))


_TOKENS = Facts(rows=100, nulls=0, distinct=100, shortest=36, longest=36)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (_TOKENS, ""),
        (Facts(100, 12, 88, 36, 36), "is null in some rows, which it is not at base"),
        (Facts(100, 100, 0, None, None), "is null in some rows, which it is not at base"),
        (Facts(100, 0, 1, 36, 36), "holds one value only, and many at base"),
        (Facts(100, 0, 100, 32, 32), "holds texts of another length"),
        (Facts(0, 0, 0, None, None), ""),
    ],
)
def test_what_holds_in_every_draw_must_hold_at_head(head: Facts, words: str) -> None:
    """A user would have a token that became null, constant or short waved through as noise."""
    assert broken(_TOKENS, head, [_TOKENS]) == words


def test_what_chance_may_break_is_not_held_against_head() -> None:
    """A user would be stopped by a random null, or by the trailing zero of a time."""
    time = Facts(rows=3, nulls=0, distinct=1, shortest=26, longest=26)
    assert broken(time, Facts(3, 0, 1, 25, 25), [time]) == ""
    assert broken(_TOKENS, Facts(100, 2, 98, 36, 36), [_TOKENS]) == ""
    assert broken(time, Facts(3, 0, 3, 26, 26), [time]) == "holds several values, and one at base"


def test_a_distribution_is_compared_as_far_as_there_are_values() -> None:
    """A user would have random numbers of another scale waved through, or be stopped by those of a die."""
    assert is_shaped_otherwise(0.9, [0.05], [400, 400, 400])
    assert not is_shaped_otherwise(0.1, [0.05], [400, 400, 400])
    assert not is_shaped_otherwise(0.9, [0.9], [400, 400, 400])
    assert not is_shaped_otherwise(0.4, [0.1], [6, 6, 6])
    assert not is_shaped_otherwise(None, [None], [400, 400])


def test_what_is_remembered_is_believed_only_of_columns_that_look_the_same() -> None:
    """A user would have a later, real change of a volatile column hidden by what an earlier run remembers."""
    assert look_alike(_TOKENS, _TOKENS, None)
    assert not look_alike(_TOKENS, Facts(100, 1, 99, 36, 36), None)
    assert not look_alike(_TOKENS, Facts(100, 0, 100, 32, 36), None)
    assert not look_alike(_TOKENS, Facts(100, 0, 1, 36, 36), None)
    numbers = Facts(100, 0, 100, None, None)
    assert look_alike(numbers, numbers, 0.1)
    assert not look_alike(numbers, numbers, 0.9)
