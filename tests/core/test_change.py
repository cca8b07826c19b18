"""What a request did to the graph, on small manifests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core import change
from bot.domain import Change, ChangeKind
from tests.core import manifests
from tests.core.manifests import affected, causes, generic_test, macro, node

CENTS = "macro.shop.cents"


def test_nothing_changed_affects_nothing() -> None:
    """A request that touches a README would rebuild the warehouse."""
    project = manifests.read(node("orders"), macros=[macro(CENTS)])
    assert change.between(project, project, ()) == Change(affected=())


def test_added_removed_modified_and_downstream_are_told_apart() -> None:
    """The comment would not say what the request did."""
    base = manifests.read(node("gone"), node("a"), node("b", reads=["model.shop.a"]), node("aside"))
    head = manifests.read(node("new"), node("a", "select 2"), node("b", reads=["model.shop.a"]), node("aside"))
    found = change.between(base, head, ())
    assert affected(found) == {"gone": "removed", "new": "added", "a": "modified", "b": "downstream"}
    assert found.affected[0].kind is ChangeKind.REMOVED
    assert causes(found, "a") == [("sql", "")]


def test_models_come_in_the_order_in_which_they_depend_on_each_other() -> None:
    """The reader would meet the symptom before the cause."""
    names = ["d", "c", "b", "a"]
    chain = [node(name, reads=[f"model.shop.{below}"]) for name, below in zip("dcb", "cba", strict=True)]
    base = manifests.read(*chain, node("a"))
    head = manifests.read(*chain, node("a", "select 2"))
    assert list(affected(change.between(base, head, ()))) == names[::-1]


def test_downstream_names_the_nearest_changed_ancestors_through_ephemerals() -> None:
    """A reader could not tell which change a difference comes from."""
    between = [
        node("eph", reads=["model.shop.a"], config={"materialized": "ephemeral"}),
        node("end", reads=["model.shop.eph", "model.shop.far"]),
    ]
    base = manifests.read(node("a"), node("root"), node("far", reads=["model.shop.root"]), *between)
    head = manifests.read(
        node("a", "select 2"), node("root", "select 2"), node("far", "select 3", reads=["model.shop.root"]), *between
    )
    found = change.between(base, head, ())
    end = next(entry for entry in found.affected if entry.unique_id == "model.shop.end")
    assert end.upstream == ("model.shop.a", "model.shop.far")


def test_children_of_a_removed_model_are_downstream() -> None:
    """A model that reads what is gone would not be built, and so not be found broken."""
    below = [node("child", "select 1", reads=["model.shop.gone"]), node("grandchild", reads=["model.shop.child"])]
    found = change.between(manifests.read(node("gone"), *below), manifests.read(*below), ())
    assert affected(found) == {"gone": "removed", "child": "downstream", "grandchild": "downstream"}
    assert found.affected[1].upstream == ("model.shop.gone",)


def test_a_moved_file_is_no_change() -> None:
    """Tidying up folders would rebuild everything in them."""
    base = manifests.read(node("orders"))
    head = manifests.read(node("orders", original_file_path="models/marts/orders.sql", fqn=["shop", "marts", "orders"]))
    assert change.between(base, head, ()) == Change(affected=())


def test_metadata_is_listed_and_rebuilds_nothing() -> None:
    """Writing documentation would cost a build of everything below."""
    columns = {"id": {"name": "id", "description": "new"}}
    said: Mapping[str, object] = {"tags": ["daily"], "access": "public", "persist_docs": {"relation": True}}
    base = manifests.read(node("orders", columns={"id": {"name": "id"}}), node("quiet"))
    described = node("orders", columns=columns, description="Orders", meta={"a": 1}, config=said)
    head = manifests.read(described, node("quiet"), generic_test("unique", "quiet", "id"))
    found = change.between(base, head, ())
    assert found.affected == ()
    assert {entry.unique_id: entry.what for entry in found.metadata} == {
        "model.shop.orders": ("access", "column descriptions", "description", "meta", "persist_docs", "tags"),
        "model.shop.quiet": ("tests",),
    }


def test_metadata_of_an_affected_model_is_not_listed_again() -> None:
    """The same model would appear twice in the comment."""
    found = change.between(
        manifests.read(node("orders")), manifests.read(node("orders", "select 2", description="x")), ()
    )
    assert (affected(found), found.metadata) == ({"orders": "modified"}, ())


def test_equal_sql_clears_a_model_and_what_is_below_it() -> None:
    """A comment or a tidied macro would rebuild half of the project."""
    below = node("child", reads=["model.shop.orders"])
    base, head = (
        manifests.read(node("orders", "select 1"), below),
        manifests.read(node("orders", "select  1 --"), below),
    )
    assert change.to_compile(base, head, ()) == ("model.shop.orders",)
    found = change.between(base, head, (), {"model.shop.orders": ("select 1", "select\n 1 -- one /* two */")})
    assert found == Change(affected=(), same_sql=("model.shop.orders",))


def test_a_cleared_model_below_a_change_is_downstream_of_it() -> None:
    """It would be left as it was at base, though what it reads is new."""
    base = manifests.read(node("a"), node("b", "select 1", reads=["model.shop.a"]))
    head = manifests.read(node("a", "select 2"), node("b", "select 1 --", reads=["model.shop.a"]))
    same = {"model.shop.a": ("select 1", "select 2"), "model.shop.b": ("select 1", "select 1")}
    found = change.between(base, head, (), same)
    assert (affected(found), found.same_sql) == ({"a": "modified", "b": "downstream"}, ())


def test_sql_that_gives_the_same_rows_clears_a_model_and_what_is_below_it() -> None:
    """A tidied query would be built twice and compared, with everything that reads it."""
    below = node("child", reads=["model.shop.orders"])
    base, head = (
        manifests.read(node("orders", "select x from t where (y > 1)"), below),
        manifests.read(node("orders", "select x from t where 1 < y"), below),
    )
    found = change.between(
        base, head, (), {"model.shop.orders": ("select x from t where (y > 1)", "select x from t where 1 < y")}
    )
    assert found == Change(affected=(), equivalent=("model.shop.orders",))


def test_a_materialization_of_ones_own_is_not_cleared_by_what_its_query_gives() -> None:
    """Nobody knows what it makes of the text: a change of what it makes would never be looked at."""
    base, head = (
        manifests.read({**node("orders", text), "config": {"materialized": "ours"}})
        for text in ("select x from t where (y > 1)", "select x from t where 1 < y")
    )
    found = change.between(
        base, head, (), {"model.shop.orders": ("select x from t where (y > 1)", "select x from t where 1 < y")}
    )
    assert (affected(found), found.equivalent) == ({"orders": "modified"}, ())


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ("select 'a b'", "select 'a  b'"),
        ("select 'a'", "select 'A'"),
        ("select a", "select A"),
        ("select 'a'", 'select "a"'),
        ("select 1", "select 1.0"),
        ("select 'a -- b'", "select 'a'"),
        ("select {#1}", "select {#2}"),
        ("select 'open", "select  'open"),
        ("", ""),
    ],
)
def test_any_doubt_about_equal_sql_is_measured(base: str, head: str) -> None:
    """A difference in a literal would be proven equal."""
    before, after = manifests.read(node("orders", "a")), manifests.read(node("orders", "b"))
    assert affected(change.between(before, after, (), {"model.shop.orders": (base, head)})) == {"orders": "modified"}


def test_equal_sql_is_equal_to_its_warehouse() -> None:
    """A literal that changed would be proven equal: elsewhere than in DuckDB a backslash may keep a text open."""
    texts = (r"select 'it\'s  one', 'two\''", r"select 'it\'s one', 'two\''")
    before, after = manifests.read(node("orders", "a")), manifests.read(node("orders", "b"))
    before, after = (replace(project, adapter="snowflake") for project in (before, after))
    assert affected(change.between(before, after, (), {"model.shop.orders": texts})) == {"orders": "modified"}


@pytest.mark.parametrize(
    "code",
    [
        "{% if is_incremental() %}{% endif %}",
        "{% if execute %}{% endif %}",
        "{% set x = run_query('select 1') %}",
        "{% call statement('x') %}{% endcall %}",
        "{{ adapter.get_columns_in_relation(this) }}",
        "{% for n in graph.nodes %}{% endfor %}",
        "'{{ run_started_at }}' '{{ invocation_id }}'",
        "{{ modules.datetime.datetime.now() }}",
        "{% call set_sql_header(config) %}{% endcall %}",
        "{{ sneaky() }}",
    ],
)
def test_code_that_looks_around_is_not_cleared_by_equal_sql(code: str) -> None:
    """It may compile to something else when it is built, so the compiled text proves nothing."""
    sneaky = macro("macro.shop.sneaky", "{{ deeper() }}", ["macro.shop.deeper"])
    macros = [sneaky, macro("macro.shop.deeper", "{% if execute %}{% endif %}")]
    called = ["macro.shop.sneaky"] if "sneaky" in code else []
    before, after = (manifests.read(node("orders", code + end, macros=called), macros=macros) for end in ("", " --"))
    assert change.to_compile(before, after, ()) == ()
    found = change.between(before, after, (), {"model.shop.orders": ("select 1", "select 1")})
    assert affected(found) == {"orders": "modified"}


@pytest.mark.parametrize(
    "code", ["{{ adapter.dispatch('x')() }}", "{{ env_var('X') }} {{ adapter.quote('a') }}", "{{ this }}"]
)
def test_code_that_only_spells_is_cleared_by_equal_sql(code: str) -> None:
    """Nearly every macro of a package is dispatched: none could ever be cleared."""
    before, after = manifests.read(node("orders", code)), manifests.read(node("orders", code + " --"))
    assert change.to_compile(before, after, ()) == ("model.shop.orders",)
