"""What of a run is looked at where one model is."""

from __future__ import annotations

import pytest

from bot.core import change
from bot.domain import ControlMode, Incremental, NodeResult, Policy, Settings
from bot.run.focusing import Lens
from bot.run.stage import Focus
from bot.run.twins import Twins
from tests.core import manifests
from tests.core.manifests import generic_test, node

_BASE = manifests.read(node("a"), node("b", reads=["model.shop.a"]), generic_test("unique", "b", "id"))
_HEAD = manifests.read(
    node("a", "select 2 as id"), node("b", "select 3 as id", reads=["model.shop.a"]), generic_test("unique", "b", "id")
)
_SIDES = (_BASE, _HEAD)
_ON_B = Lens(Focus("b"), _SIDES)
_A, _B = "model.shop.a", "model.shop.b"


def test_without_a_focus_nothing_is_left_out() -> None:
    """`proofbot run` would look at less than all."""
    lens, settings = Lens(None, _SIDES), Settings({}, policy=Policy(control=ControlMode.ALWAYS))
    told = change.between(*_SIDES, ())
    assert lens.narrow(told) is told
    assert lens.configured(settings) is settings
    assert lens.planned() == _SIDES
    assert lens.worth_compiling([_A, "x"]) == (_A, "x")
    assert lens.incremental(Incremental.BOTH) is Incremental.BOTH
    assert lens.looked_at(told, Twins(0, {}, {}, {}, {})) == told.affected


@pytest.mark.parametrize(("is_controlled", "mode"), [(False, ControlMode.NEVER), (True, ControlMode.AUTO)])
def test_a_control_is_built_on_demand(is_controlled: bool, mode: ControlMode) -> None:  # noqa: FBT001
    """Every look would take as long as three builds, or noise could never be told apart."""
    lens = Lens(Focus("b", is_controlled=is_controlled), _SIDES)
    assert lens.configured(Settings({}, policy=Policy(control=ControlMode.ALWAYS))).policy.control is mode


def test_dbt_compiles_only_what_may_save_a_build() -> None:
    """A developer would wait for dbt twice, to be told what a build of one model tells, too."""
    assert _ON_B.worth_compiling([_B]) == ()
    assert _ON_B.worth_compiling([_A, _B, "model.shop.elsewhere"]) == (_A, _B)
    assert _ON_B.worth_compiling([]) == ()


def test_tests_are_not_run() -> None:
    """A developer would wait for tests that nobody asked for."""
    assert _BASE.tests
    assert [project.tests for project in _ON_B.planned()] == [{}, {}]


def test_a_broken_parent_is_looked_at_too() -> None:
    """The model would be missing without a word on why."""
    told = _ON_B.narrow(change.between(*_SIDES, ()))
    good = {uid: NodeResult(uid, "success") for uid in (_A, _B)}
    broken = {_A: NodeResult(_A, "error", "no such column"), _B: NodeResult(_B, "skipped")}
    looked_at = [
        [entry.unique_id for entry in _ON_B.looked_at(told, Twins(0, good, head, {}, {}))] for head in (good, broken)
    ]
    assert looked_at == [[_B], [_A, _B]]
