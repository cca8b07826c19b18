"""Which changed models are worth a hybrid, and how few copies of head that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.core import explanations, layers
from bot.core.explanations import Link, Part, Trace
from bot.domain import CauseKind, ChangeKind, NodeChange, Project
from tests.core import manifests
from tests.core.manifests import Entry, node
from tests.core.test_explanations import CENTS, SQL, graph, uid

MODIFIED, DOWN, REMOVED = ChangeKind.MODIFIED, ChangeKind.DOWNSTREAM, ChangeKind.REMOVED
_INLINED = {"materialized": "ephemeral"}


def _change(name: str, kind: ChangeKind = MODIFIED) -> NodeChange:
    return NodeChange(uid(name), kind, SQL if kind is MODIFIED else ())


def _suspects(projects: tuple[Project, Project], *changes: NodeChange, same: Sequence[str] = ()) -> tuple[str, ...]:
    links = [Link(one, Part.STOPS if one.unique_id in map(uid, same) else Part.EXPLAINS) for one in changes]
    trace = Trace(links, explanations.edges(*projects))
    touched = {one.unique_id for one in changes if one.kind is not DOWN}
    changed = [link.change for link in links if link.part is Part.EXPLAINS and link.change.kind is not REMOVED]
    found = layers.suspects(changed, trace, projects, touched)
    return tuple(unique_id.removeprefix("model.shop.") for unique_id in found)


def _project(*entries: Entry) -> Project:
    return manifests.read(*entries)


def test_edited_below_a_change() -> None:
    """A harmless edit below a bug would never be told from the bug."""
    both = (graph({"middle": ["bug"], "last": ["middle"]}),) * 2
    assert _suspects(both, _change("bug"), _change("middle"), _change("last", DOWN)) == ("middle",)


def test_nothing_changed_above() -> None:
    """Every edit would cost another build, though only the edit can have changed the model."""
    both = (graph({"middle": ["bug"]}),) * 2
    assert _suspects(both, _change("bug"), _change("middle"), same=["bug"]) == ()


def test_same_macro_above() -> None:
    """A macro that all models call would cost twenty builds to learn what everybody knows."""
    both = (graph({"middle": ["bug"]}),) * 2
    by_macro = [NodeChange(uid(name), MODIFIED, CENTS) for name in ("bug", "middle")]
    assert _suspects(both, *by_macro) == ()
    assert CENTS[0].kind is CauseKind.MACRO


_BUG, _MIDDLE = node("bug"), node("middle", reads=[uid("bug")])
IMPOSSIBLE: list[tuple[str, list[Entry], list[Entry], list[NodeChange]]] = [
    (
        "base reads what is gone",
        [_BUG, node("gone"), node("middle", reads=[uid("bug"), uid("gone")])],
        [_BUG, _MIDDLE],
        [_change("gone", REMOVED)],
    ),
    (
        "base reads what lies elsewhere now",
        [_BUG, _MIDDLE],
        [node("bug", alias="moved"), _MIDDLE],
        [],
    ),
    (
        "base inlines what was edited",
        [_BUG, node("inlined", config=_INLINED), node("middle", reads=[uid("bug"), uid("inlined")])],
        [_BUG, node("inlined", config=_INLINED), node("middle", reads=[uid("bug"), uid("inlined")])],
        [_change("inlined")],
    ),
    (
        "another node writes its relation now",
        [_BUG, _MIDDLE],
        [node("bug", alias="middle"), node("middle", alias="other", reads=[uid("bug")])],
        [],
    ),
    (
        "its file is no part of the database",
        [_BUG, {**_MIDDLE, "config": {"materialized": "external"}}],
        [_BUG, {**_MIDDLE, "config": {"materialized": "external"}}],
        [],
    ),
]


@pytest.mark.parametrize(("base", "head", "more"), [case[1:] for case in IMPOSSIBLE], ids=[c[0] for c in IMPOSSIBLE])
def test_hybrids_that_would_mislead(base: list[Entry], head: list[Entry], more: list[NodeChange]) -> None:
    """A hybrid would be built on something else than head's parents, and its word would be wrong."""
    assert _suspects((_project(*base), _project(*head)), _change("bug"), _change("middle"), *more) == ()


def test_base_inlines_what_was_not_edited() -> None:
    """A project with ephemeral models would have no hybrids at all."""
    both = (
        _project(_BUG, node("inlined", reads=[uid("bug")], config=_INLINED), node("middle", reads=[uid("inlined")])),
    ) * 2
    assert _suspects(both, _change("bug"), _change("inlined", DOWN), _change("middle")) == ("middle",)


def test_layers() -> None:
    """A hybrid would be built on another hybrid, and not on what head has made."""
    edges: Mapping[str, Sequence[str]] = {"a": ["bug"], "view": ["a"], "b": ["view"], "c": ["bug"], "d": ["b", "c"]}
    both = (graph(edges),) * 2
    found = layers.arrange({uid(name) for name in "abcd"}, both)
    assert found == layers.Layers(((uid("a"), uid("c")), (uid("b"),), (uid("d"),)), ())


def test_layers_by_what_base_reads() -> None:
    """Base's code of a model would read the hybrid of another that head's code does not read any more."""
    projects = graph({"b": ["a"]}), graph({"b": [], "a": []})
    assert layers.arrange({uid("a"), uid("b")}, projects).layers == ((uid("a"),), (uid("b"),))


def test_too_many() -> None:
    """A request that edits everything would cost a build of everything once more, layer by layer."""
    chain = {f"m{number}": [f"m{number - 1}"] for number in range(1, 6)}
    found = layers.arrange({uid(name) for name in ("m0", *chain)}, (graph(chain),) * 2)
    assert found == layers.Layers(tuple((uid(f"m{n}"),) for n in range(3)), tuple(uid(f"m{n}") for n in range(3, 6)))
    side_by_side = graph({f"m{number:02}": ["bug"] for number in range(30)})
    found = layers.arrange({uid(f"m{number:02}") for number in range(30)}, (side_by_side, side_by_side))
    assert [len(layer) for layer in found.layers] == [20]
    assert len(found.left) == 10
