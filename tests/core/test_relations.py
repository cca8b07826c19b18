"""Which relation a name in the project's own SQL means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.queries import Reference
from bot.core.relations import Target, find
from bot.domain import Project, RelationName, Side
from bot.errors import UsageError
from tests.core import manifests
from tests.core.manifests import Entry, node, source

WHERE = ".proofbot.yml:7"


def _project(*nodes: Entry, sources: tuple[Entry, ...] = ()) -> Project:
    return manifests.read(*nodes, sources=sources)


def _of_package(name: str, package: str, kind: str = "model") -> Entry:
    return {**node(f"{kind}.{name}"), "unique_id": f"{kind}.{package}.{name}", "package_name": package}


def _of_version(number: int, latest: int, name: str = "orders") -> Entry:
    more = {"unique_id": f"model.shop.{name}.v{number}", "version": number, "latest_version": latest}
    return {**node(name), **more, "alias": f"{name}_v{number}"}


def _in(schema: str, entry: Entry) -> Entry:
    return {**entry, "schema": schema}


def _refusal(reference: Reference, base: Project, head: Project) -> UsageError:
    with pytest.raises(UsageError) as caught:
        find(reference, (base, head), WHERE)
    assert caught.value.where == WHERE
    return caught.value


def _relation(name: str, schema: str = "main") -> RelationName:
    return RelationName("db", schema, name)


@pytest.mark.parametrize("kind", ["model", "seed", "snapshot"])
def test_a_name_is_the_relation_of_each_side(kind: str) -> None:
    """A query would compare one side with itself, or not find what dbt's own `ref` finds."""
    base, head = _project(_in("old", node(f"{kind}.orders"))), _project(_in("new", node(f"{kind}.orders")))
    found = find(Reference("orders"), (base, head), WHERE)
    assert found == Target(f"{kind}.shop.orders", _relation("orders", "old"), _relation("orders", "new"))


def test_what_is_no_relation_of_dbts_is_not_meant() -> None:
    """A query would read a function, or whatever else bears the name of a model."""
    function = {**node("function.orders"), "resource_type": "function"}
    base = _project(function)
    assert "neither side has ref('orders')" in str(_refusal(Reference("orders"), base, base))
    both = _project(function, node("orders"))
    assert find(Reference("orders"), (both, both), WHERE).unique_id == "model.shop.orders"


def test_the_projects_own_model_goes_before_that_of_a_package() -> None:
    """A package that brings a model of the same name would change what a query reads."""
    both = _project(_of_package("orders", "vendor"), node("orders"))
    assert find(Reference("orders"), (both, both), WHERE).unique_id == "model.shop.orders"
    assert find(Reference("orders", package="vendor"), (both, both), WHERE).unique_id == "model.vendor.orders"
    assert find(Reference("orders", package="shop"), (both, both), WHERE).unique_id == "model.shop.orders"


def test_a_model_of_a_package_is_found_without_it() -> None:
    """A user would have to name the package where dbt does not ask for it."""
    both = _project(_of_package("lines", "vendor"))
    assert find(Reference("lines"), (both, both), WHERE).unique_id == "model.vendor.lines"


def test_a_name_that_may_mean_several_is_refused() -> None:
    """A query would read one of two models by chance."""
    both = _project(_of_package("lines", "vendor"), _of_package("lines", "other"))
    refusal = _refusal(Reference("lines"), both, both)
    assert refusal.message == "ref('lines') may mean model.other.lines or model.vendor.lines"
    assert "ref('package', 'model')" in refusal.remedy


def test_the_latest_version_is_meant_unless_one_is_named() -> None:
    """A query would compare an old version while the request changes the one in use, or the other way round."""
    both = _project(_of_version(1, 2), _of_version(2, 2), _of_version(3, 2))
    assert find(Reference("orders"), (both, both), WHERE).head == _relation("orders_v2")
    assert find(Reference("orders", version="3"), (both, both), WHERE).head == _relation("orders_v3")


def test_head_says_what_a_name_means() -> None:
    """A request that makes a new version the latest would be proven on the old one."""
    base, head = _project(_of_version(1, 1)), _project(_of_version(1, 2), _of_version(2, 2))
    found = find(Reference("orders"), (base, head), WHERE)
    assert found == Target("model.shop.orders.v2", None, _relation("orders_v2"), is_one_sided=True)


def test_a_model_of_one_side_is_found_and_says_which_side_lacks_it() -> None:
    """A request that adds or removes a model would end in an error about a wrong configuration."""
    without, with_it = _project(node("other")), _project(node("orders"))
    added = find(Reference("orders"), (without, with_it), WHERE)
    assert added == Target("model.shop.orders", None, _relation("orders"), is_one_sided=True)
    assert added.why_not(Side.BASE) == "base does not have the model"
    removed = find(Reference("orders"), (with_it, without), WHERE)
    assert removed == Target("model.shop.orders", _relation("orders"), None, is_one_sided=True)
    assert removed.why_not(Side.HEAD) == "head does not have the model"


def test_an_ephemeral_model_has_no_relation() -> None:
    """A query would be told that the model is missing, which it is not, or close the gate of every request."""
    ephemeral = _project(node("orders", config={"materialized": "ephemeral"}))
    with pytest.raises(UsageError, match="ref\\('orders'\\) is ephemeral, so it has no relation") as raised:
        find(Reference("orders"), (ephemeral, ephemeral), WHERE)
    assert raised.value.where == WHERE
    became = find(Reference("orders"), (_project(node("orders")), ephemeral), WHERE)
    assert (became.base, became.head, became.is_one_sided) == (_relation("orders"), None, False)
    assert became.why_not(Side.HEAD) == "an ephemeral model has none"


def test_a_renamed_model_is_found_by_its_new_name_on_both_sides() -> None:
    """A metric about a model that the request renames would have nothing to compare with."""
    head = _project(node("sales", alias="orders"))
    before = _project(node("orders")).nodes["model.shop.orders"]
    base = replace(head, nodes={"model.shop.sales": before})  # as `heirs.under_new_names` has it
    found = find(Reference("sales"), (base, head), WHERE)
    assert found == Target("model.shop.sales", _relation("orders"), _relation("orders"))


def test_an_unknown_name_says_the_nearest_one() -> None:
    """A user would look for a typing error without a hint, in a long file."""
    base, head = _project(node("customers")), _project(node("orders"))
    assert _refusal(Reference("oders"), base, head).message == "neither side has ref('oders'); did you mean 'orders'?"
    assert _refusal(Reference("costumers"), base, head).message.endswith("did you mean 'customers'?"), "base's, too"
    assert _refusal(Reference("zzz"), base, head).message == "neither side has ref('zzz')"


def test_a_name_of_another_package_or_version_says_which_there_are() -> None:
    """A user would be asked whether the very name was meant that is written there."""
    both = _project(_of_version(1, 2), _of_version(2, 2), _of_package("lines", "vendor"))
    wrong = Reference("orders", version="4")
    there = "there is ref('shop', 'orders', v=1) and ref('shop', 'orders', v=2)"
    assert _refusal(wrong, both, both).message == f"neither side has ref('orders', v=4); {there}"
    assert _refusal(Reference("lines", package="wendor"), both, both).message.endswith(
        "there is ref('vendor', 'lines')"
    )


def test_a_source_is_the_relation_of_each_side() -> None:
    """A query of a source would read one side's table on both."""
    base = _project(sources=(source("raw.orders", identifier="orders_2024"),))
    head = _project(sources=(source("raw.orders", identifier="orders_2025"),))
    found = find(Reference("orders", source="raw"), (base, head), WHERE)
    names = RelationName("db", "raw", "orders_2024"), RelationName("db", "raw", "orders_2025")
    assert found == Target("source.shop.raw.orders", *names, is_source=True)


def test_the_projects_own_source_goes_before_that_of_a_package() -> None:
    """A package that declares a source of the same name would change what a query reads."""
    theirs = source("raw.orders", unique_id="source.vendor.raw.orders", package_name="vendor", identifier="theirs")
    ours = source("raw.orders", package_name="shop", identifier="ours")
    both = _project(sources=(theirs, ours))
    assert find(Reference("orders", source="raw"), (both, both), WHERE).unique_id == "source.shop.raw.orders"
    alone = _project(sources=(theirs,))
    assert find(Reference("orders", source="raw"), (alone, alone), WHERE).unique_id == "source.vendor.raw.orders"


def test_a_source_of_one_side_is_found() -> None:
    """A request that declares a source would end in an error about a wrong configuration."""
    without, with_it = _project(), _project(sources=(source("raw.orders"),))
    found = find(Reference("orders", source="raw"), (without, with_it), WHERE)
    assert (found.base, found.is_one_sided) == (None, True)


def test_an_unknown_source_is_refused() -> None:
    """A user would read of an unknown model, and look in the wrong place."""
    both = _project(node("orders"), sources=(source("raw.orders"),))
    wrong = _refusal(Reference("oders", source="raw"), both, both)
    assert wrong.message == "neither side has source('raw', 'oders'); did you mean 'raw.orders'?"
    assert "source" in wrong.remedy
    assert _refusal(Reference("zzz", source="q"), both, both).message == "neither side has source('q', 'zzz')"
