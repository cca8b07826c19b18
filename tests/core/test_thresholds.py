"""What thresholds make of numbers."""

from __future__ import annotations

import math

import pytest

from bot.core.options import Bounds, Limit
from bot.core.thresholds import judge, judge_count, worst
from bot.domain import Bound


@pytest.mark.parametrize(
    ("base", "head", "fail", "within"),
    [
        (100, 105, "5%", True),
        (100, 106, "5%", False),
        (100, 94, "5%", False),
        (-100, -106, "5%", False),
        (100, 110, 10, True),
        (100, 110.5, 10, False),
        (100, 90, {"up": 0}, True),
        (100, 101, {"up": 0}, False),
        (100, 99, {"down": "0.5%"}, False),
        (0, 1, "1000%", False),
        (0, 0, 0, True),
        (None, None, 0, True),
        (None, 1, 10, False),
        (1, None, {"down": 1_000}, False),
        (math.nan, math.nan, 0, True),
        (1.0, math.nan, "50%", False),
        (math.inf, math.inf, 0, True),
        (1.0, math.inf, "50%", False),
    ],
)
def test_a_threshold_on_a_number(base: float | None, head: float | None, fail: object, within: bool) -> None:  # noqa: FBT001
    """A number could leave its bounds and the gate stay open, or keep them and the gate close."""
    bound = judge(base, head, warn=None, fail=Bounds.model_validate(fail))
    assert bound is (Bound.WITHIN if within else Bound.FAIL)


def test_fail_goes_before_warn() -> None:
    """What is beyond both thresholds would be a warning."""
    warn, fail = Bounds.model_validate("1%"), Bounds.model_validate("5%")
    found = [judge(100, head, warn=warn, fail=fail) for head in (101, 102, 110)]
    assert found == [Bound.WITHIN, Bound.WARN, Bound.FAIL]
    assert judge(100, 200, warn=None, fail=None) is Bound.NONE


@pytest.mark.parametrize(
    ("count", "of", "limit", "within"),
    [(3, 0, 3, True), (4, 0, 3, False), (5, 100, "5%", True), (6, 100, "5%", False), (1, 0, "99%", False)],
)
def test_a_limit_on_a_count(count: int, of: int, limit: object, within: bool) -> None:  # noqa: FBT001
    """More rows could change than a project allows."""
    allowed = Limit.model_validate(limit)
    assert judge_count(count, of, warn=None, fail=allowed) is (Bound.WITHIN if within else Bound.FAIL)
    assert judge_count(count, of, warn=allowed, fail=None) is (Bound.WITHIN if within else Bound.WARN)
    assert judge_count(count, of, warn=None, fail=None) is Bound.NONE


def test_the_worst_bound_counts() -> None:
    """One column beyond its threshold would be lost among those within."""
    assert worst([Bound.WITHIN, Bound.FAIL, Bound.NONE, Bound.WARN]) is Bound.FAIL
    assert worst([]) is Bound.NONE
