"""When hybrids are worth their build."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import (
    Change,
    ChangeKind,
    ControlMode,
    Explained,
    Finding,
    NodeChange,
    Noise,
    Outcome,
    Pair,
    Policy,
    RelationName,
    Table,
)
from bot.run import hybrids
from bot.run.beside import Trial
from tests.core import manifests
from tests.core.manifests import node
from tests.core.test_explanations import SQL, uid

_PROJECT = manifests.read(node("bug"), node("middle", reads=[uid("bug")]))
_CHANGES = tuple(NodeChange(uid(name), ChangeKind.MODIFIED, SQL) for name in ("bug", "middle"))
_WHOLE = {"compared": ["id"], "uncompared": {}}


class _Built(Exception):
    """Something was about to be built."""


class _Stage:
    """A stage on which nothing may be built."""

    @property
    def progress(self) -> object:
        raise _Built


def _trial(policy: Policy) -> Trial:
    nothing = cast("Any", None)
    change, projects = Change(_CHANGES), (_PROJECT, _PROJECT)
    return Trial(cast("Any", _Stage()), nothing, nothing, nothing, change, projects, projects, nothing, policy)


def _seen(change: NodeChange, noise: Noise | None = None, **measures: object) -> Seen:
    name = RelationName("db", "main", change.unique_id)
    table = Table(name, "t", ())
    finding = Finding("values", Outcome.CHANGED, "", measures={**_WHOLE, **measures})
    standing = Standing(change, _PROJECT.nodes[change.unique_id], name, name)
    return Seen(standing, (finding,), Pair(change.unique_id, table, table, (), None), noise=noise)


def _builds(policy: Policy, *seen: Seen, changed: tuple[str, ...] = ("bug", "middle")) -> bool:
    try:
        found = hybrids.prove(_trial(policy), seen, {uid(name) for name in changed})
    except _Built:
        return True
    assert found == hybrids.Proven(tuple(seen))
    return False


def test_edited_below_a_change() -> None:
    """Nobody would learn whether an edit below a bug changes anything."""
    assert _builds(Policy(), *map(_seen, _CHANGES))


def test_control_never() -> None:
    """A team that wants no builds beside the twins would pay for them."""
    assert not _builds(Policy(control=ControlMode.NEVER), *map(_seen, _CHANGES))


@pytest.mark.parametrize("changed", [("middle",), ("bug",), ()])
def test_noise(changed: tuple[str, ...]) -> None:
    """A model that varies anyway would cost a build, or explain what reads it."""
    assert not _builds(Policy(), *map(_seen, _CHANGES), changed=changed)


@pytest.mark.parametrize(
    "middle",
    [
        _seen(_CHANGES[1], sampled=0.1),
        _seen(_CHANGES[1], compared=[]),
        _seen(_CHANGES[1], Noise(rows=True)),
        _seen(_CHANGES[1], Noise(count=True)),
    ],
)
def test_what_cannot_be_compared_once_more(middle: Seen) -> None:
    """A hybrid would be built although it can tell nothing, or would read whole tables that a budget forbids."""
    assert not _builds(Policy(), _seen(_CHANGES[0]), middle)


@pytest.mark.parametrize(
    ("explained", "kept"),
    [
        (Explained(own=True, inherited=True), False),
        (Explained(own=True, inherited=False), True),
        (Explained(own=False, inherited=True), True),
    ],
)
def test_what_varies_is_not_known(explained: Explained, kept: bool) -> None:  # noqa: FBT001 (a case)
    """A timestamp in a model that no control was built of would be told as the author's own change."""
    assert hybrids.is_sure(uid("middle"), explained, frozenset()) is kept
    assert hybrids.is_sure(uid("middle"), explained, {uid("middle")})
    assert hybrids.is_sure(uid("middle"), explained, None)
