"""Which model a user means, and what of a change it needs, on small manifests."""

from __future__ import annotations

import pytest

from bot.core import change, focus
from bot.domain import Project
from bot.errors import UsageError
from tests.core import manifests
from tests.core.manifests import affected, node

_SHOP = manifests.read(
    node("orders"),
    node("order_items"),
    node("seed.countries"),
    node("dim", unique_id="model.shop.dim.v2"),
    node("dim", unique_id="model.shop.dim.v1"),
    node("orders", unique_id="model.erp.orders", package_name="erp"),
    node("stock", unique_id="model.erp.stock", package_name="erp"),
    node("stock", unique_id="model.wms.stock", package_name="wms"),
)


@pytest.mark.parametrize(
    ("name", "unique_id"),
    [
        ("orders", "model.shop.orders"),
        ("erp.orders", "model.erp.orders"),
        ("model.erp.orders", "model.erp.orders"),
        ("countries", "seed.shop.countries"),
        ("dim.v2", "model.shop.dim.v2"),
        ("wms.stock", "model.wms.stock"),
    ],
)
def test_a_model_is_found_by_what_users_call_it(name: str, unique_id: str) -> None:
    """A user would have to type unique ids, or be shown another package's model of the same name."""
    assert focus.find(name, _SHOP, _SHOP) == unique_id


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stock", "Name one of them in full."),
        ("dim", "Name one of them in full."),
        ("ordrs", "Did you mean `orders` or `order_items`?"),
        ("shop.Order_Item", "Did you mean `order_items` or `orders`?"),
        ("item", "Did you mean `order_items`?"),
        ("zzz", "`dbt ls` lists all models, seeds and snapshots."),
    ],
)
def test_a_name_that_means_no_model_or_several_is_refused_with_help(name: str, words: str) -> None:
    """A user who mistyped would search the project, or look at a model that they don't mean."""
    with pytest.raises(UsageError) as refused:
        focus.find(name, _SHOP, _SHOP)
    assert refused.value.remedy == words
    assert refused.value.exit_code == 2


def test_several_models_of_a_name_are_told_apart() -> None:
    """A user would not know what to type instead."""
    with pytest.raises(UsageError, match=r"`erp\.stock`, `wms\.stock`"):
        focus.find("stock", _SHOP, _SHOP)


def test_a_model_that_one_side_has_is_found_and_a_renamed_one_by_both_names() -> None:
    """A new, a removed or a renamed model could not be looked at."""
    base = manifests.read(node("old"), node("gone"))
    head = manifests.read(node("new", alias="old"), node("other"))
    found = {name: focus.find(name, base, head) for name in ("old", "new", "gone", "other")}
    assert found == {
        "old": "model.shop.new",
        "new": "model.shop.new",
        "gone": "model.shop.gone",
        "other": "model.shop.other",
    }


def _narrowed(model: str, **changed: str) -> dict[str, str]:
    """What is looked at of a change of some models' code: a and b make c, c makes d."""

    def read(**codes: str) -> Project:
        return manifests.read(
            node("a", codes.get("a", "select 1")),
            node("b", codes.get("b", "select 1")),
            node("c", codes.get("c", "select 1"), reads=["model.shop.a", "model.shop.b"]),
            node("d", codes.get("d", "select 1"), reads=["model.shop.c"]),
            node("e", codes.get("e", "select 1")),
        )

    base, head = read(), read(**changed)
    uid = f"model.shop.{model}"
    return affected(focus.narrow(change.between(base, head, ()), uid, focus.needed(uid, base, head)))


def test_only_the_model_and_what_changed_above_it_is_built() -> None:
    """A developer would wait for the rest of the project, or compare with parents that are not head's."""
    assert _narrowed("c", a="select 2", c="select 3", d="select 4", e="select 5") == {"a": "modified", "c": "modified"}
    assert _narrowed("d", a="select 2") == {"a": "modified", "c": "downstream", "d": "downstream"}


def test_what_does_not_reach_the_model_is_not_built() -> None:
    """A model that no change reaches would be built twice to find it equal."""
    assert _narrowed("a", b="select 2", d="select 2") == {}


def test_what_is_said_of_others_is_left_out() -> None:
    """The page would give another model's reason for why this one is equal."""
    base = manifests.read(node("a"), node("b"))
    head = manifests.read(node("a", description="new"), node("b", description="new"))
    narrowed = focus.narrow(change.between(base, head, ()), "model.shop.a", {"model.shop.a"})
    assert [one.unique_id for one in narrowed.metadata] == ["model.shop.a"]
