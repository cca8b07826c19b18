"""Who reads whom, on small manifests."""

from __future__ import annotations

import pytest

from bot.core import change
from tests.core import manifests
from tests.core.manifests import affected, macro, node, source

CENTS = "macro.shop.cents"


def test_a_seed_behind_a_source_is_a_parent_of_the_source_s_readers() -> None:
    """A changed seed would leave the models that read it as a source untouched."""
    stg = node("stg", reads=["source.shop.main.raw"])
    project = manifests.read(node("seed.raw"), stg, sources=[source("MAIN.Raw"), source("main.raw")])
    assert change.parents(project) == {"seed.shop.raw": (), "model.shop.stg": ("seed.shop.raw",)}
    assert change.behind_sources(project) == {"seed.shop.raw"}
    found = change.between(project, project, ["seed.shop.raw"])
    assert affected(found) == {"raw": "modified", "stg": "downstream"}


def test_a_file_behind_a_source_is_no_relation() -> None:
    """A seed would be built for a model that reads a file of the same name."""
    project = manifests.read(node("seed.raw"), sources=[source("main.raw", relation_name="'raw.csv'")])
    assert change.behind_sources(project) == frozenset()


def test_a_model_that_writes_its_own_source_makes_no_circle() -> None:
    """The order of building could not be found, and models would go missing."""
    loop = [
        node("raw", reads=["source.shop.main.raw"]),
        node("a", reads=["source.shop.main.b"]),
        node("b", reads=["model.shop.a"]),
    ]
    project = manifests.read(*loop, sources=[source("main.raw"), source("main.b")])
    assert change.parents(project) == {"model.shop.raw": (), "model.shop.a": (), "model.shop.b": ("model.shop.a",)}
    assert change.behind_sources(project) == {"model.shop.raw", "model.shop.b"}


@pytest.mark.parametrize("name", ["main.raw", '"DB"."main" . "RAW"', "db.main.raw", "{{ target.schema }}.raw"])
def test_a_relation_named_without_ref_is_a_parent(name: str) -> None:
    """A model that spells out a table instead of saying `ref` would be called untouched while its data changes."""
    stg = node("stg", f"select raw.id, main.other from {name} as raw")
    base = manifests.read(node("raw"), stg, node("below", reads=["model.shop.stg"]), node("plain", "select raw.id"))
    assert change.parents(base)["model.shop.stg"] == ("model.shop.raw",)
    assert change.behind_sources(base) == {"model.shop.raw"}
    head = manifests.read(node("raw", "select 2"), *(stg, node("below", reads=["model.shop.stg"]), node("plain")))
    assert affected(change.between(base, head, ()))["below"] == "downstream"


def test_a_relation_named_beside_its_ref_changes_no_order() -> None:
    """Most code names a column by its table: all such models would be built apart from the others."""
    stg = node("stg", "select main.raw.id from {{ ref('raw') }} -- main.stg", reads=["model.shop.raw"])
    assert change.behind_sources(manifests.read(node("raw"), stg)) == frozenset()


def test_readers_of_a_source_notice_that_the_seed_behind_it_went_elsewhere() -> None:
    """They would read a table that is no longer written."""
    stg = node("stg", reads=["source.shop.main.raw"])
    base = manifests.read(node("seed.raw"), stg, sources=[source("main.raw")])
    head = manifests.read(node("seed.raw", schema="other"), stg, sources=[source("main.raw")])
    found = change.between(base, head, ())
    assert affected(found) == {"raw": "modified", "stg": "downstream"}


def test_a_graph_thousands_deep_is_walked() -> None:
    """A large project would end in a recursion error."""
    depth = 3000
    chain = [node(f"m{i}", reads=[f"model.shop.m{i - 1}"], macros=[CENTS]) for i in range(1, depth)]
    calls = [macro(f"macro.shop.c{i}", "", [f"macro.shop.c{i + 1}"]) for i in range(depth)]
    macros = [macro(CENTS, "", ["macro.shop.c0"]), *calls]
    base = manifests.read(node("m0"), *chain, macros=macros)
    head = manifests.read(node("m0", "select 2"), *chain, macros=macros)
    found = change.between(base, head, ())
    assert len(found.affected) == depth
    assert found.affected[-1].upstream == ("model.shop.m0",)
