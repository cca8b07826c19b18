"""Each model is judged by the entry that its author meant for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.declarations import Resolved, Source, read, resolve
from bot.domain import Project, RelationName
from bot.errors import UsageError
from tests.core import manifests
from tests.core.manifests import node
from tests.core.test_declarations import KINDS

_ORDERS = node("orders", fqn=["shop", "marts", "orders"])
_DAILY = node("orders_daily", fqn=["shop", "marts", "daily", "orders_daily"])
_STAGED = node("stg_orders", fqn=["shop", "staging", "stg_orders"])
_SEED = node("seed.countries", fqn=["shop", "countries"])
_VERSIONS = [
    {
        **node(f"prices.v{version}", alias=f"prices_v{version}", fqn=["shop", "marts", "prices", f"v{version}"]),
        "unique_id": f"model.shop.prices.v{version}",
        "name": "prices",
        "resource_type": "model",
        "version": version,
    }
    for version in (1, 2)
]
_ELSEWHERE = node("orders", unique_id="model.crm.orders", package_name="crm", alias="crm", fqn=["crm", "orders"])
_FUNCTION = node("function.half", config={"materialized": "function"})
SHOP = manifests.read(_ORDERS, _DAILY, _STAGED, _SEED, *_VERSIONS, _FUNCTION)


def _resolve(text: str, base: Project = SHOP, head: Project = SHOP) -> Resolved:
    return resolve(read([Source("here", text)], KINDS), base, head)


def _named(text: str, base: Project = SHOP, head: Project = SHOP) -> dict[str, str]:
    return {
        unique_id.partition(".")[2].removeprefix("shop."): one.models
        for unique_id, one in _resolve(text, base, head).by_model.items()
    }


def _words(text: str, base: Project = SHOP, head: Project = SHOP) -> str:
    with pytest.raises(UsageError) as raised:
        _resolve(text, base, head)
    assert raised.value.remedy
    return raised.value.message


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("orders", {"orders"}),
        ("shop.orders", {"orders"}),
        ("model.shop.orders", {"orders"}),
        ("marts.orders", {"orders"}),
        ("countries", {"countries"}),
        ("seed.shop.countries", {"countries"}),
        ("prices.v2", {"prices.v2"}),
        ("shop.prices.v2", {"prices.v2"}),
        ("prices", {"prices.v1", "prices.v2"}),
        ("'*'", {"orders", "orders_daily", "stg_orders", "countries", "prices.v1", "prices.v2"}),
        ("shop.*", {"orders", "orders_daily", "stg_orders", "countries", "prices.v1", "prices.v2"}),
        ("marts.*", {"orders", "orders_daily", "prices.v1", "prices.v2"}),
        ("shop.staging.*", {"stg_orders"}),
        ("'*orders'", {"orders", "stg_orders"}),
        ("'*_d*ly'", {"orders_daily"}),
        ("'*.v2'", {"prices.v2"}),
        ("orders*orders*", set()),
    ],
)
def test_a_name_means_the_models_that_are_called_so(name: str, models: set[str]) -> None:
    """A model would be held to what was declared of another, or the declaration would speak of none."""
    if models:
        assert _named(f"{name}: unchanged").keys() == models
    else:
        assert "no model, seed or snapshot" in _words(f"{name}: unchanged")


def test_the_entry_that_says_most_about_a_model_counts() -> None:
    """`"*": unchanged` at the end would take back what is declared of single models."""
    text = """
orders: removed
prices: removed
prices.v2: added
marts.daily.*: removed
"*": unchanged
marts.*: unchanged
"marts*": unchanged
"""
    assert _named(text) == {
        "orders": "orders",
        "prices.v1": "prices",
        "prices.v2": "prices.v2",
        "orders_daily": "marts.daily.*",
        "stg_orders": "*",
        "countries": "*",
    }
    assert (
        _named("'a*rders': unchanged\n'*orders': removed\n'orders*': unchanged".replace("a*", "o*"))["orders"]
        == "orders*"
    )


def test_all_names_that_fit_nothing_are_told_with_what_was_meant() -> None:
    """A slip in a name would make a declaration speak of nothing, and its model be not declared."""
    told = _words("odrers: removed\nshop.stg_order: removed\nzebra.*: unchanged\nhalf: removed\norders_v: removed")
    assert "here:1: odrers: no model, seed or snapshot of either side is called so; did you mean `orders`?" in told
    assert "here:2: shop.stg_order: no model" in told
    assert "did you mean `shop.stg_orders`?" in told
    assert "here:3: zebra.*: no model" in told
    assert "here:4: half: no model" in told
    assert told.startswith("the declaration has 5 mistakes:")


def test_many_wrong_names_are_told_at_once() -> None:
    """A declaration of nothing but slips would keep the job busy with guessing what was meant."""
    told = _words("\n".join(f"nothing_{number}: removed" for number in range(2_000)))
    assert "and 1990 more" in told


def test_a_name_of_the_project_itself_is_its_own() -> None:
    """A model would have to be written with its package because an installed package has one of that name."""
    both = manifests.read(_ORDERS, _ELSEWHERE)
    assert _named("orders: removed", both, both) == {"orders": "orders"}
    assert _named("crm.orders: removed", both, both) == {"crm.orders": "crm.orders"}


def test_a_name_of_several_packages_is_refused() -> None:
    """The model of the other package would be judged, and nobody would know."""
    third = replace(manifests.read(_ORDERS, _ELSEWHERE), name="other")
    told = _words("orders: removed", third, third)
    assert "packages `crm` and `shop` both have it: write it with its package, `crm.orders`" in told


def test_one_model_is_not_declared_under_two_names() -> None:
    """One of two entries about a model would silently win."""
    told = _words("orders: removed\nshop.orders: unchanged")
    assert "here:2: shop.orders: it is the same as `orders`, which is declared in here:1" in told


def test_models_of_either_side_can_be_declared() -> None:
    """Nobody could declare that a model is removed, or added."""
    base, head = manifests.read(_ORDERS), manifests.read(_DAILY)
    found = _resolve("orders: removed\norders_daily: added", base, head)
    assert found.by_model.keys() == {"model.shop.orders", "model.shop.orders_daily"}
    assert found.gone == {"model.shop.orders"}
    assert found.new == {"model.shop.orders_daily"}


def test_a_seed_that_becomes_a_model_is_two_things() -> None:
    """`countries: removed` would be told absent of the model that took the seed's place."""
    base, head = manifests.read(_SEED), manifests.read(node("countries", alias="other"))
    assert _resolve("countries: removed", base, head).by_model.keys() == {"seed.shop.countries"}
    assert _resolve("countries: added", base, head).by_model.keys() == {"model.shop.countries"}
    assert len(_resolve("countries: unchanged", base, head).by_model) == 2


def test_a_model_under_a_new_name_is_called_by_either() -> None:
    """A renamed model is compared with what it was; a declaration by its old name would be about nothing."""
    base, head = manifests.read(_ORDERS), manifests.read({**_DAILY, "alias": "orders"})
    assert head.nodes["model.shop.orders_daily"].relation == RelationName("db", "main", "orders")
    for name in ("orders", "orders_daily", "'*'"):
        assert _resolve(f"{name}: unchanged", base, head).by_model.keys() == {"model.shop.orders_daily"}
    found = _resolve("orders: removed\norders_daily: added", base, head).by_model
    assert found.keys() == {"model.shop.orders", "model.shop.orders_daily"}
    assert "it is the same as" in _words("orders: unchanged\norders_daily: unchanged", base, head)


def test_a_pattern_of_many_stars_is_tried_at_once() -> None:
    """Anybody who may open a request could keep the job busy with one pattern."""
    long = manifests.read(node("a" * 400))
    assert "no model" in _words(f"'{'a*' * 150}b': unchanged", long, long)
