"""Tests of bot/core/surroundings.py, on small manifests."""

from __future__ import annotations

from dataclasses import replace

from bot.core import heirs, surroundings
from bot.domain import Code, Exposure, Project, Report, Source, Status
from bot.domain.graph import RelationName
from tests.core import manifests
from tests.core.manifests import node
from tests.render.reports import RUN, equal


def _report(*names: str) -> Report:
    return Report(RUN, Status.SUCCESS, "", tuple(equal(name, 1) for name in names))


def _around(report: Report, base: Project, head: Project) -> tuple[set[str], set[tuple[str, str]]]:
    renamed = heirs.find(base, head)
    base = replace(base, nodes=heirs.under_new_names(base.nodes, renamed))
    found = surroundings.show(report, base, head, renamed).surroundings
    assert found is not None
    short = {one.unique_id: one.name for one in found.nodes}
    return set(short.values()), {(short[above], short[below]) for above, below in found.edges}


def test_neighbours_of_either_side_are_shown_and_no_others() -> None:
    """A model that a request cut from its source would stand in the graph as if it had never read it."""
    base = manifests.read(node("a"), node("b", reads=["model.shop.a"]), node("c", reads=["model.shop.b"]), node("x"))
    head = manifests.read(node("a"), node("b"), node("c", reads=["model.shop.b"]), node("x"))
    assert _around(_report("b"), base, head) == ({"a", "b", "c"}, {("a", "b"), ("b", "c")})


def test_sources_and_exposures_are_neighbours() -> None:
    """The dashboard that breaks would not be in the graph."""
    raw = Source("source.shop.raw.orders", RelationName(None, "raw", "orders"))
    seen = Exposure("exposure.shop.weekly", "weekly", "shop", "", (), ("model.shop.a", "model.shop.unknown"))
    head = replace(manifests.read(node("a")), sources={raw.unique_id: raw}, exposures={seen.unique_id: seen})
    reading = replace(head.nodes["model.shop.a"], depends_on=(raw.unique_id,))
    head = replace(head, nodes={"model.shop.a": reading})
    found = _around(_report("a"), head, head)
    assert found == ({"raw.orders", "a", "weekly"}, {("raw.orders", "a"), ("a", "weekly")})


def test_a_renamed_model_is_one_box() -> None:
    """The graph would show a model beside itself."""
    base = manifests.read(node("old"), node("below", reads=["model.shop.old"]))
    head = manifests.read(node("new", alias="old"), node("below", reads=["model.shop.new"]))
    assert _around(_report("new", "below"), base, head) == ({"new", "below"}, {("new", "below")})


def test_code_is_shown_where_it_differs() -> None:
    """A reader would look up in the forge what changed in the model that changed."""
    base = manifests.read(node("a", "select 1 as n"), node("b", "select 2 as n"), node("gone", "select 3 as n"))
    head = manifests.read(node("a", "select 9 as n"), node("b", "select 2 as n"))
    found = surroundings.show(_report("a", "b", "gone"), base, head, {})
    assert found.codes == {
        "model.shop.a": Code("select 1 as n", "select 9 as n"),
        "model.shop.gone": Code("select 3 as n", ""),
    }


def test_a_report_without_models_stays_as_it_is() -> None:
    """An empty graph would stand on the page of a request that touches no data."""
    project = manifests.read(node("a"))
    assert surroundings.show(_report(), project, project, {}) == _report()
