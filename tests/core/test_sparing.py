"""What need not be built, because it reads nothing that a change can have changed; on small manifests."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core import change, sparing
from bot.domain import Change, Project
from tests.core import manifests
from tests.core.manifests import Entry, affected, generic_test, node

_BELOW: tuple[Entry, ...] = (
    node("counts", "select id from db.main.orders", reads=["model.shop.orders"]),
    node("sums", "select id, amount from db.main.orders", reads=["model.shop.orders"]),
    node("below_counts", "select * from db.main.counts", reads=["model.shop.counts"]),
    node("below_sums", "select id from db.main.sums", reads=["model.shop.sums"]),
    node("both", "select s.id, amount from db.main.sums as s join db.main.counts as c on s.id = c.id",
         reads=["model.shop.sums", "model.shop.counts"]),
    node("starred", "select * from db.main.orders", reads=["model.shop.orders"]),
    node("hooked", "select id from db.main.orders", reads=["model.shop.orders"],
         config={"post-hook": [{"sql": "insert into t select amount from orders"}]}),
    node("grows", "select id from db.main.orders", reads=["model.shop.orders"], config={"materialized": "incremental"}),
    node("silent", "select 1 as id", reads=["model.shop.orders"]),
)  # fmt: skip
_BASE = "select id, a + b as amount from db.main.raw"
_HEAD = "select id, a + b + c as amount from db.main.raw"


def _spared(head_sql: str = _HEAD, *, config: Mapping[str, object] | None = None) -> tuple[Change, Project]:
    """What is left of a change of `orders`, after all that lies below was compiled."""
    tests = [generic_test("unique", "counts", "id"), generic_test("unique", "sums", "id")]
    base = manifests.read(node("orders", _BASE), *_BELOW, *tests)
    head = manifests.read(node("orders", head_sql, config=config), *_BELOW, *tests)
    found = change.between(base, head, (), {"model.shop.orders": (_BASE, head_sql)})
    compiled = {uid: head.nodes[uid].raw_code for uid in sparing.to_compile(found, base, head)}
    return sparing.spare(found, head, compiled), head


def test_what_reads_no_changed_column_is_not_affected() -> None:
    """A team would pay for the build of a whole project, because one column of one model changed."""
    found, _ = _spared()
    assert found.confined == {"model.shop.orders": ("amount",)}
    assert found.spared is not None
    assert found.spared.models == ("model.shop.below_counts", "model.shop.below_sums", "model.shop.counts")
    assert found.spared.tests == 1
    downstream = ["sums", "both", "starred", "hooked", "grows", "silent"]
    assert affected(found) == {"orders": "modified", **dict.fromkeys(downstream, "downstream")}


def test_who_reads_both_is_told_to_lie_below_what_reaches_it() -> None:
    """The comment would say that a model differs because of another one that is not affected."""
    found, _ = _spared()
    [both] = [entry for entry in found.affected if entry.unique_id == "model.shop.both"]
    assert both.upstream == ("model.shop.orders",)


def test_nothing_is_spared_where_the_rows_may_change() -> None:
    """A model would not be compared though its rows are others: the gate would stay open."""
    found, _ = _spared(_HEAD + " where a > 1")
    assert found.confined == {}
    assert found.spared is None
    assert len(found.affected) == 1 + len(_BELOW)


def test_nothing_is_spared_where_more_than_the_query_changed() -> None:
    """A model that is built in another way would be taken for one of the same rows."""
    for config in (
        {"materialized": "incremental"},
        {"materialized": "ephemeral"},
        {"pre-hook": [{"sql": "delete from t"}]},
    ):
        found, _ = _spared(config=config)
        assert found.spared is None, config


def test_nothing_is_spared_where_its_sql_is_not_known() -> None:
    """A model that dbt could not compile would be taken for one that reads nothing."""
    base = manifests.read(node("orders", _BASE), *_BELOW)
    head = manifests.read(node("orders", _HEAD), *_BELOW)
    found = change.between(base, head, (), {"model.shop.orders": (_BASE, _HEAD)})
    left = sparing.spare(found, head, {"model.shop.counts": "select id from db.main.orders"})
    assert left.spared is not None
    assert left.spared.models == ("model.shop.below_counts", "model.shop.counts")  # the first reads nothing else
    assert sparing.spare(found, head, {}) == found


def test_what_looks_at_the_database_is_not_compiled_for_it() -> None:
    """Code that asks the database while it compiles may have made other SQL at base."""
    looking = node("looking", "{% if execute %}{{ run_query('select 1') }}{% endif %}", reads=["model.shop.orders"])
    base, head = (manifests.read(node("orders", sql), looking) for sql in (_BASE, _HEAD))
    found = change.between(base, head, (), {"model.shop.orders": (_BASE, _HEAD)})
    assert sparing.to_compile(found, base, head) == ()
