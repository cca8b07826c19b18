"""What may be spent, divided among the pairs of a run; and how sure the figures of a sample are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import Allowance, Load, Purse, interval
from bot.domain import Budget, Spent

M = 1_000_000
ALL = Allowance(1.0)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 10, 0.0179, 0.4042),
        (50, 100, 0.4038, 0.5962),
        (15, 148, 0.0624, 0.1605),
        (0, M, 0.0, 3.8414e-6),
    ],
)
def test_an_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    """A finding of a sample would claim to be surer, or less sure, than it is (figures of textbooks)."""
    found = interval(hits, n)
    assert math.isclose(found[0], low, abs_tol=5e-5)
    assert math.isclose(found[1], high, abs_tol=5e-5 if n < M else 1e-9)


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_what_was_seen(counted: tuple[int, int]) -> None:
    """A comment would say that 3 % changed, between 4 and 5 %."""
    hits, n = counted
    low, high = interval(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    assert low < high


@pytest.mark.parametrize(("hits", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_an_interval_of_nonsense_is_refused(hits: int, n: int) -> None:
    """A check that counts wrongly would show a plausible interval."""
    with pytest.raises(ValueError, match="of"):
        interval(hits, n)


def test_without_a_budget_all_is_looked_at() -> None:
    """Findings of a run without limits would be of a sample."""
    purse = Purse(Budget(), {"a": Load(10**12, 10**15), "b": Load()})
    assert purse.allow("a", Spent(10**6, 10**6, 10**6)) == ALL
    assert purse.allow("b", Spent()) == ALL


def test_small_pairs_are_looked_at_whole_and_great_ones_share_what_is_left() -> None:
    """One great table would leave nothing for the others, or make samples of tables of ten rows."""
    loads = {"great": Load(rows=100 * M), "other": Load(rows=10 * M), "small": Load(rows=1000), "empty": Load(rows=0)}
    purse = Purse(Budget(rows=2 * M), loads)
    words = "the run's budget of 2,000,000 rows"
    assert purse.allow("small", Spent()) == ALL
    assert purse.allow("empty", Spent()) == ALL
    assert purse.allow("great", Spent()) == Allowance(0.005, words)
    assert purse.allow("other", Spent()) == Allowance(0.05, words)


def test_the_closest_limit_counts_and_is_named() -> None:
    """A user would raise the wrong limit."""
    purse = Purse(Budget(rows=5 * M, bytes=10**8), {"a": Load(10 * M, 10**9)})
    assert purse.allow("a", Spent()) == Allowance(0.1, "the run's budget of 100,000,000 bytes")
    of_check = Budget(rows=500_000)
    assert purse.allow("a", Spent(), check=of_check) == Allowance(0.05, "the check's budget of 500,000 rows")
    assert purse.allow("a", Spent(), check=Budget(bytes=9 * 10**8)).share == 0.1


def test_what_is_not_known_limits_nothing() -> None:
    """A view whose size nobody knows would be left out for a limit on bytes."""
    purse = Purse(Budget(rows=10, bytes=10), {"a": Load()})
    assert purse.allow("a", Spent(), check=Budget(rows=10, bytes=10, seconds=1)) == ALL


def test_a_budget_too_small_for_any_sample_is_said() -> None:
    """A table of a hundred billion rows would be read in full, or pass for equal by a sample of nothing."""
    purse = Purse(Budget(rows=1000), {"a": Load(rows=10**11)})
    assert purse.allow("a", Spent()) == Allowance(None, "the run's budget of 1,000 rows")


@pytest.mark.parametrize(
    ("budget", "spent", "words"),
    [
        (Budget(statements=20), Spent(1.0, 20, 0), "the run's budget of 20 statements"),
        (Budget(seconds=60), Spent(60.0, 1, 0), "the run's budget of 60 seconds"),
        (Budget(seconds=0.5), Spent(0.6, 1, 0), "the run's budget of 0.5 seconds"),
    ],
)
def test_nothing_is_asked_when_all_is_spent(budget: Budget, spent: Spent, words: str) -> None:
    """A run would go on beyond its limit, or stop without a word."""
    assert Purse(budget, {"a": Load(rows=1)}).allow("a", spent) == Allowance(None, words)


def test_the_time_left_is_divided_among_those_who_wait() -> None:
    """The first great table would take all the time, and the others not be asked at all."""
    loads = {"a": Load(rows=10 * M), "b": Load(rows=10 * M), "small": Load(rows=1000)}
    purse = Purse(Budget(seconds=100), loads)
    assert purse.allow("a", Spent(), ["b"]) == ALL, "how fast the warehouse is, is not known yet"
    slow = Spent(seconds=50, statements=9, rows=2 * M)  # so 2,000,000 rows in the time that is left
    words = "the run's budget of 100 seconds"
    assert purse.allow("a", slow, ["b", "small"]) == Allowance(0.05, words)
    assert purse.allow("a", slow, ["small"]) == Allowance(0.1, words)
    assert purse.allow("small", slow, ["a", "b"]) == ALL
    assert purse.allow("a", Spent(50, 9, 100 * M), ["b"]) == ALL
    in_ten_seconds = Purse(Budget(), loads).allow("a", slow, check=Budget(seconds=10))
    assert in_ten_seconds == Allowance(0.025, "the check's budget of 10 seconds")


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10**10), min_size=1, max_size=20), st.integers(1, 10**10))
def test_a_budget_of_rows_is_kept(rows: dict[str, int], limit: int) -> None:
    """A run would look at more rows than the user pays for."""
    purse = Purse(Budget(rows=limit), {name: Load(rows=amount) for name, amount in rows.items()})
    shares = {name: purse.allow(name, Spent()).share for name in rows}
    assert sum((shares[name] or 0) * amount for name, amount in rows.items()) <= limit * (1 + 1e-9)
    if sum(rows.values()) <= limit:
        assert set(shares.values()) == {1.0}


@given(st.permutations([("a", 3 * M), ("b", 700_000), ("c", 20), ("d", 40 * M)]))
def test_shares_do_not_depend_on_the_order(loads: list[tuple[str, int]]) -> None:
    """Two runs of the same commit would show different figures."""
    purse = Purse(Budget(rows=M), {name: Load(rows=rows) for name, rows in loads})
    found = {name: purse.allow(name, Spent(1, 1, 1)).share for name, _ in loads}
    assert found == {"a": 0.1, "b": 0.25, "c": 1.0, "d": 0.005}
