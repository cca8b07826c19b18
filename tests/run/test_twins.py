"""The builds, on grounds of either kind: those where two environments can be worked in at once, and those where not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.domain import NodeResult, Plan, RelationName, Side
from bot.run import twins
from bot.run.stage import Stage
from bot.world.processes import Children
from bot.world.warehouses.grounds import Following
from bot.world.workspace import SideFolders, write_text
from tests.core import manifests
from tests.core.manifests import generic_test, node

_UID = "model.shop.orders"


class _Grounds:
    """Writes down what it is asked for. Each environment has a profile of its own."""

    versions: dict[str, str] = {}  # noqa: RUF012 (of a stand-in)

    def __init__(self, told: list[str], *, at_once: bool) -> None:
        self._told, self.at_once = told, at_once

    def profile(self, env: Side) -> str:
        return f"of {env}"

    def state(self) -> str | None:
        self._told.append("look at the state")
        return None

    def begin(self, env: Side, following: Any, managed: frozenset[RelationName]) -> None:
        names = sorted(name.identifier for name in managed)
        like = ""
        if isinstance(following, Following):
            like = f" as {following.of} without {[name.identifier for name in following.without]}"
        elif following:
            like = f" with {[f'{ours.identifier} of {its.schema}' for ours, its in following.relations.items()]}"
        self._told.append(f"begin {env}{like}, managed {names}")

    def drop(self, env: Side, names: set[RelationName]) -> None:
        self._told.append(f"drop {env} {[name.identifier for name in names]}")

    def end(self, env: Side) -> None:
        self._told.append(f"end {env}")


class _Dbt:
    """Builds and tests whatever it is told, and writes down by which profile."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def build(self, folders: SideFolders, _: object) -> dict[str, NodeResult]:
        self._say("build", folders)
        return {_UID: NodeResult(_UID, "success", "")}

    def test(self, folders: SideFolders, _: object) -> dict[str, NodeResult]:
        self._say("test", folders)
        return {}

    def _say(self, verb: str, folders: SideFolders) -> None:
        profile = (folders.profiles / "profiles.yml").read_text(encoding="utf-8")
        self._told.append(f"{verb} {folders.side} by the profile {profile}")


def _build(
    folder: Path, *, at_once: bool, head_afresh: bool = False, shown: Mapping[str, RelationName] | None = None
) -> list[str]:
    """What becomes of a project with one model, one test and a seed that is not built, in order."""
    told: list[str] = []
    project = manifests.read(node("orders"), node("seed.raw"), generic_test("unique", "orders", "id"))
    name = project.nodes[_UID].relation
    assert name is not None
    folders = {side: SideFolders(side, *(folder / side / part for part in "abcde")) for side in Side}
    for one in folders.values():
        write_text(one.profiles / "profiles.yml", "of base")
    setting = SimpleNamespace(
        grounds=_Grounds(told, at_once=at_once), dbt=_Dbt(told), base=folders[Side.BASE], head=folders[Side.HEAD]
    )
    nothing = SimpleNamespace(step=lambda _: None, note=lambda _: None, built=lambda _: None)
    stage = SimpleNamespace(progress=nothing, recorder=nothing, children=Children())
    revision = SimpleNamespace(commit="0" * 40)
    tests = tuple(project.tests)
    plan = Plan((_UID,), (_UID,), (name,), (), tests, tests, head_afresh=head_afresh, shown=shown or {})
    unfolded = SimpleNamespace(base=revision, head=revision)
    twins.build(cast("Any", stage), cast("Any", setting), cast("Any", unfolded), plan, (project, project))
    return told


def test_base_is_done_with_before_head_begins_where_only_one_can_be_worked_in(tmp_path: Path) -> None:
    """Tests of base would be run on head's rows, under names that both sides share."""
    assert _build(tmp_path, at_once=False) == [
        "look at the state",
        "begin base, managed ['orders', 'raw']",
        "drop base ['orders']",
        "build base by the profile of base",
        "test base by the profile of base",
        "end base",
        "begin head as base without ['orders'], managed ['orders', 'raw']",
        "build head by the profile of head",
        "test head by the profile of head",
        "end head",
    ]


def test_base_is_tested_beside_the_build_of_head_where_both_can_be_worked_in(tmp_path: Path) -> None:
    """A run would take as much longer as the tests of base take, or they would be left out."""
    told = _build(tmp_path, at_once=True)
    assert told[:6] == [
        "look at the state",
        "begin base, managed ['orders', 'raw']",
        "drop base ['orders']",
        "build base by the profile of base",
        "end base",
        "begin head as base without ['orders'], managed ['orders', 'raw']",
    ]
    assert sorted(told[6:8]) == ["build head by the profile of head", "test base by the profile of base"]
    assert told[8:] == ["test head by the profile of head", "end head"]


def test_head_begins_by_itself_where_the_plan_says_so(tmp_path: Path) -> None:
    """What a hook of base has left would be found at head, where that hook is gone."""
    assert "begin head, managed ['orders', 'raw']" in _build(tmp_path, at_once=False, head_afresh=True)


def test_what_production_has_is_there_before_base_is_built_and_nothing_is_kept_of_it(tmp_path: Path) -> None:
    """The build would fail for want of its parents, or a later run find what production was months ago."""
    there = RelationName("warehouse", "live", "raw")
    told = _build(tmp_path, at_once=False, shown={"seed.shop.raw": there})
    assert told[:3] == [
        "begin base with ['raw of live'], managed ['orders', 'raw']",
        "drop base ['orders']",
        "build base by the profile of base",
    ]
    assert "begin head as base without ['orders'], managed ['orders', 'raw']" in told


@pytest.mark.parametrize("is_stopped", [False, True])
def test_what_was_made_is_removed_when_nothing_runs_any_more(is_stopped: bool) -> None:  # noqa: FBT001
    """A schema in the user's warehouse would stay for ever, or be written to while it is dropped."""
    told: list[str] = []

    class _Children:
        def stop(self) -> None:
            told.append("stopped")
            if is_stopped:
                raise OSError

    stage = Stage(*cast("Any", (None, None, None, _Children())))
    stage.made.callback(told.append, "removed")
    if is_stopped:
        with pytest.raises(OSError):  # noqa: PT011 (any)
            stage.clear()
    else:
        stage.clear()
    assert told == ["stopped", "removed"]
