"""Stories of requests that say what they are meant to change: each word of the verdict, from git to the comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_ORDERS = """select range::integer as id, case when range % 4 = 0 then 'returned' else 'paid' end as status,
  (range * 10)::integer as amount from range(400)"""
_SCHEMA = """
models:
  - name: orders
    columns: [{name: id, data_tests: [unique, not_null]}]
  - name: customers
    columns: [{name: id, data_tests: [unique, not_null]}]
"""
_DECLARED = """
orders:
  rows: -20%..-30%
  columns: {added: [is_closed]}
  where: "status = 'returned'"
  reason: returned orders are not orders any more (DATA-142)
customers: {columns: {changed: [total]}}
regions: unchanged
queries:
  orders_by_status:
    title: Orders by status
    why: only returned ones are gone
    sql: select status, count(*) as orders from {{ ref('orders') }} group by status
assertions:
  no_returned_orders:
    title: No returned order is left
    why: this is all that the request is about
    sql: select * from {{ ref('orders') }} where status = 'returned'
"""
_WRONG = """
orders:
  rows: -10%..-20%
  columns: {added: [is_closed], changed: [amount]}
  where: "amount > 100"
customers: unchanged
"regions": {columns: {changed: [name]}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A request that leaves returned orders out, adds a column, and so changes the customers' totals."""
    folder = repositories.start(
        tmp_path_factory.mktemp("declared") / "shop",
        {
            ".proofbot.yml": "policy: standard\n",
            "models/orders.sql": _ORDERS,
            "models/customers.sql": "select id % 10 as id, sum(amount)::integer as total from {{ ref('orders') }} "
            "group by 1",
            "models/regions.sql": "select 1 as id, 'north' as name",
            "models/schema.yml": _SCHEMA,
        },
    )
    changed = f"select *, true as is_closed from ({_ORDERS}) where status <> 'returned'"
    repositories.request(folder, {"models/orders.sql": changed})
    return folder


def _prove(shop: Path, tmp_path_factory: pytest.TempPathFactory, declared: str | None) -> Ran:
    out = tmp_path_factory.mktemp("out")
    arguments = []
    if declared is not None:
        (out / "expect.yml").write_text(declared, encoding="utf-8")
        arguments = ["--expect", str(out / "expect.yml")]
    return repositories.prove(shop, *arguments, out=out / "report")


@pytest.fixture(scope="module")
def undeclared(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Nothing is declared."""
    return _prove(shop, tmp_path_factory, None)


def test_undeclared_changes_close_the_gate(undeclared: Ran) -> None:
    """The change that nobody meant would be merged, or the reviewer would not learn how to say that it is meant."""
    assert undeclared.code == 1
    assert undeclared.model("orders")["rule"] == "standard: changed"
    assert undeclared.report["proposal"] in undeclared.comment
    assert undeclared.model("customers")["explained"]["roots"] == ["model.shop.orders"]
    (common,) = undeclared.model("orders")["common"]
    assert (common["kind"], common["column"], common["values"]) == ("removed", "status", ["returned"])
    assert (common["rows"], common["matching"], common["others"]) == (100, 100, 0)


def test_what_happened_as_declared_opens_the_gate(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An author who says what is meant, and is right, would still need somebody to accept it."""
    ran = _prove(shop, tmp_path_factory, _DECLARED)
    assert ran.code == 0, ran.comment
    for name in ("orders", "customers"):
        model = ran.model(name)
        assert (model["declared"]["verified"], model["grade"]) == ("as declared", "pass"), model["declared"]
    assert "as declared" in ran.comment.splitlines()[0]
    assert "DATA-142" in ran.comment
    named = {one["name"]: one for one in ran.report["named"]}
    assert named["orders_by_status"]["is_declared"]
    assert named["orders_by_status"]["finding"]["outcome"] == "changed"
    assert named["no_returned_orders"]["finding"]["outcome"] == "unchanged"
    assert "No returned order is left" in ran.comment
    assert "only returned ones are gone" in ran.comment


def test_what_did_not_happen_as_declared_closes_the_gate(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A declaration would be a word that opens the gate, whatever happened."""
    ran = _prove(shop, tmp_path_factory, _WRONG)
    assert ran.code == 1
    orders = ran.model("orders")["declared"]
    told = {clause["what"]: clause["verified"] for clause in orders["clauses"]}
    assert told["rows"] == "outside the declared limits"
    assert "declared but absent" in told.values(), told
    assert orders["verified"] != "as declared"
    customers = ran.model("customers")["declared"]
    assert customers["verified"] == "not declared"
    assert [(one["models"], one["declared"]["verified"], one["grade"]) for one in ran.report["unmet"]] == [
        ("regions", "declared but absent", "fail")
    ]
    for word in ("outside the declared limits", "declared but absent", "not declared"):
        assert word in ran.comment


def test_a_declaration_that_cannot_be_read_proves_nothing(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A slip in the declaration would go unseen, and the change with it."""
    ran = _prove(shop, tmp_path_factory, "orders: {rows: many}\n")
    assert ran.code == 2
    assert "orders" in ran.log
    assert "many" in ran.log


def test_what_was_seen_is_declared_by_pasting_it_into_the_requests_own_file(
    undeclared: Ran, shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The block that the comment offers would not open the gate, or the file in the request would not be read."""
    repositories.write(shop, {".proofbot/expect.yml": undeclared.report["proposal"]})
    repositories.commit(shop, "It says what was seen")
    pasted = _prove(shop, tmp_path_factory, None)
    assert pasted.code == 0, pasted.comment
    assert pasted.model("orders")["declared"]["verified"] == "as declared"
    assert pasted.report["sources"] == [".proofbot/expect.yml"]


def test_the_file_of_an_earlier_request_counts_for_nothing(
    shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The declaration of an earlier request, left in the repository, would open the gate for the next one."""
    repositories.git(shop, "switch", "-q", "main")
    repositories.write(shop, {".proofbot/expect.yml": "regions: {columns: {changed: [name]}, rows: +0}\n"})
    repositories.commit(shop, "An earlier request")
    repositories.git(shop, "switch", "-q", "-c", "later")
    repositories.write(shop, {"models/regions.sql": "select 1 as id, 'south' as name"})
    repositories.commit(shop, "A later request")
    stale = _prove(shop, tmp_path_factory, None)
    assert stale.code == 1
    assert "an earlier request" in " ".join(stale.report["notices"])
    assert stale.model("regions")["declared"] is None
