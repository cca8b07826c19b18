"""Nodes that take over the relation of a removed one, on small manifests."""

from __future__ import annotations

from bot.core import change, heirs
from bot.domain import NodeResult
from tests.core import manifests
from tests.core.manifests import affected, causes, node


def test_a_renamed_model_that_keeps_its_relation_is_compared() -> None:
    """Rename a file, keep the table by an alias, and its data could change behind an open gate."""
    base = manifests.read(node("old"), node("gone"), node("below", reads=["model.shop.old"]))
    head = manifests.read(node("new", alias="OLD"), node("other"), node("below", reads=["model.shop.new"]))
    found = heirs.find(base, head)
    assert found == {"model.shop.new": "model.shop.old"}
    told = heirs.as_modified(change.between(base, head, ()), found)
    assert affected(told) == {"gone": "removed", "new": "modified", "other": "added", "below": "modified"}
    assert causes(told, "new") == [("name", "was model.shop.old")]


def test_what_is_below_a_renamed_model_names_it_once() -> None:
    """The comment would blame a model that the reader cannot find."""
    base = manifests.read(node("old"), node("below", "select * from main.old"))
    head = manifests.read(node("new", alias="old"), node("below", "select * from main.old"))
    told = heirs.as_modified(change.between(base, head, ()), heirs.find(base, head))
    assert [entry.upstream for entry in told.affected] == [(), ("model.shop.new",)]


def test_a_renamed_project_is_compared() -> None:
    """Every unique id changes with the project's name: all would be removed and added, and nothing compared."""
    base, head = manifests.read(node("a")), manifests.read(node("a", unique_id="model.store.a"))
    assert heirs.find(base, head) == {"model.store.a": "model.shop.a"}


def test_what_was_said_of_the_old_name_is_known_by_the_new_one() -> None:
    """The relation that base built would not be found."""
    results = {"old": NodeResult("old", "success"), "kept": NodeResult("kept", "success")}
    assert heirs.under_new_names(results, {"new": "old", "unbuilt": "unseen"}) == {**results, "new": results["old"]}
