"""By what a node counts as modified, on small manifests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.core import change, project
from bot.domain import CauseKind, Change, Project
from tests.core import manifests
from tests.core.manifests import Entry, affected, causes, hook, macro, node, source

CENTS = "macro.shop.cents"


def _configured(config: Mapping[str, object]) -> Project:
    return manifests.read(node("orders", config=config))


def test_a_changed_macro_affects_its_users_and_nobody_else() -> None:
    """Either a wrong macro goes unseen, or one macro rebuilds the project."""
    nodes = [
        node("direct", "select {{ cents('x') }}", macros=[CENTS]),
        node("via", "select {{ money('x') }}", macros=["macro.shop.money"]),
        node("other", "select {{ inert() }}", macros=["macro.shop.inert"]),
        node("plain"),
    ]
    rest = [macro("macro.shop.money", "{{ cents(x) }}", [CENTS]), macro("macro.shop.inert", "1")]
    base = manifests.read(*nodes, macros=[macro(CENTS, "x / 100"), *rest])
    head = manifests.read(*nodes, macros=[macro(CENTS, "x / 100.0"), *rest])
    found = change.between(base, head, ())
    assert affected(found) == {"direct": "modified", "via": "modified"}
    assert causes(found, "via") == [("macro", "cents")]
    assert change.to_compile(base, head, ()) == ("model.shop.direct", "model.shop.via")


def test_a_macro_in_a_branch_that_parsing_skips_counts() -> None:
    """dbt does not list macros of branches it did not run; their changes would go unseen."""
    code = "{% if is_incremental() %}{{ shop . cents ('x') }}{% endif %}"
    named = node("hidden", code)
    mentioned = node("comment", "select 1 {# cents() #} as cents, 'cents(1)'")
    base = manifests.read(named, mentioned, macros=[macro(CENTS, "x")])
    head = manifests.read(named, mentioned, macros=[macro(CENTS, "y")])
    assert affected(change.between(base, head, ())) == {"hidden": "modified"}


def test_a_macro_that_now_stands_for_another_one_counts() -> None:
    """A project's own version of a package's macro would slip through."""
    nodes = [node("orders", "select {{ money() }}", macros=["macro.pkg.money"])]
    pkg = macro("macro.pkg.default__money", "1")
    base = manifests.read(*nodes, macros=[macro("macro.pkg.money", "", ["macro.pkg.default__money"]), pkg])
    head = manifests.read(
        *nodes,
        macros=[
            macro("macro.pkg.money", "", ["macro.shop.default__money"]),
            macro("macro.shop.default__money", "2"),
            pkg,
        ],
    )
    found = change.between(base, head, ())
    assert ("macro", "default__money") in causes(found, "orders")


@pytest.mark.parametrize(
    "added", ["macro.shop.create_table_as", "macro.shop.duckdb__create_table_as", "macro.shop.dateadd"]
)
def test_a_macro_that_stands_in_for_one_of_dbt_counts(added: str) -> None:
    """dbt's manifest does not say that its own macros call the project's in their place; every table would change
    while nothing is said to be affected."""
    nodes = [
        node("orders", config={"materialized": "table"}),
        node("dated", "select {{ dateadd() }}", macros=["macro.dbt.dateadd"], config={"materialized": "table"}),
        node("plain"),
    ]
    macros = [
        macro("macro.dbt.materialization_table_default", calls=["macro.dbt.create_table_as"]),
        macro("macro.dbt.create_table_as", calls=["macro.dbt_duckdb.duckdb__create_table_as"]),
        macro("macro.dbt_duckdb.duckdb__create_table_as"),
        macro("macro.dbt.dateadd"),
    ]
    base, head = manifests.read(*nodes, macros=macros), manifests.read(*nodes, macros=[*macros, macro(added)])
    expected = {"dated"} if added.endswith("dateadd") else {"orders", "dated"}
    assert set(affected(change.between(base, head, ()))) == expected


def test_new_code_that_calls_a_new_macro_is_a_change_of_code_alone() -> None:
    """The comment would name a macro as the culprit that no other model uses."""
    base = manifests.read(node("orders", "select 1"))
    head = manifests.read(node("orders", "select {{ cents() }}", macros=[CENTS]), macros=[macro(CENTS, "1")])
    assert causes(change.between(base, head, ()), "orders") == [("sql", "")]
    assert change.to_compile(base, head, ()) == ("model.shop.orders",)


@pytest.mark.parametrize(
    ("config", "changed"),
    [
        ({"materialized": "table"}, "macro.shop.materialization_table_duckdb"),
        ({"materialized": "table"}, "macro.dbt.create_table_as"),
        ({"materialized": "incremental"}, "macro.dbt.get_incremental_default_sql"),
        (
            {"materialized": "incremental", "incremental_strategy": "delete+insert"},
            "macro.shop.get_incremental_delete_insert_sql",
        ),
    ],
)
def test_what_builds_a_model_counts(config: Mapping[str, object], changed: str) -> None:
    """A changed materialization writes other data from the same SQL; equal SQL must not clear it."""
    macros = {
        "macro.shop.materialization_table_duckdb": ["macro.dbt.create_table_as"],
        "macro.dbt.materialization_table_default": [],
        "macro.dbt.create_table_as": [],
        "macro.dbt.materialization_incremental_default": [],
        "macro.dbt.get_incremental_default_sql": [],
        "macro.shop.get_incremental_delete_insert_sql": [],
    }
    both = [
        manifests.read(
            node("orders", config=config),
            node("plain"),
            macros=[macro(uid, text if uid == changed else "", calls) for uid, calls in macros.items()],
        )
        for text in ("old", "new")
    ]
    compiled = {"model.shop.orders": ("select 1", "select 1")}
    found = change.between(both[0], both[1], (), compiled)
    assert affected(found) == {"orders": "modified"}
    assert change.to_compile(both[0], both[1], ()) == ()


def test_a_materialization_that_is_not_chosen_does_not_count() -> None:
    """A change of dbt's default would rebuild models that the project's own materialization builds."""
    own = macro("macro.shop.materialization_table_default", "own")
    both = [
        manifests.read(
            node("orders", config={"materialized": "table"}),
            macros=[own, macro("macro.dbt.materialization_table_default", text)],
        )
        for text in ("old", "new")
    ]
    assert change.between(both[0], both[1], ()) == Change(affected=())


def test_a_snapshot_strategy_counts() -> None:
    """A changed strategy would write other history unseen."""
    both = [
        manifests.read(
            node("snapshot.history", config={"strategy": "mine"}),
            macros=[macro("macro.shop.snapshot_mine_strategy", text)],
        )
        for text in ("old", "new")
    ]
    assert causes(change.between(both[0], both[1], ()), "history") == [("macro", "snapshot_mine_strategy")]


def test_a_macro_of_a_hook_is_not_cleared_by_equal_sql() -> None:
    """A post-hook that deletes rows shows in no compiled model."""
    hooks = {"post-hook": [{"sql": "{{ prune(this) }}"}]}
    orders = node("orders", config=hooks, macros=["macro.shop.prune"])
    both = [manifests.read(orders, macros=[macro("macro.shop.prune", text)]) for text in ("old", "new")]
    found = change.between(both[0], both[1], (), {"model.shop.orders": ("select 1", "select 1")})
    assert causes(found, "orders") == [("macro", "prune")]


def test_a_changed_variable_affects_those_who_read_it() -> None:
    """A threshold in dbt_project.yml could be changed without anybody seeing what it does."""
    nodes = [
        node("reads", "select {{ var('cutoff') }}"),
        node("reads_by_macro", "select {{ cents() }}", macros=[CENTS]),
        node("reads_any", "select {{ var(name) }}"),
        node("reads_other", "select {{ var('other', var_default) }}"),
        node("plain"),
    ]
    macros = [macro(CENTS, '{{ var( "cutoff", 1) }}')]
    base = manifests.read(*nodes, macros=macros, variables={"shop": {"cutoff": 1, "other": 2}})
    head = manifests.read(*nodes, macros=macros, variables={"shop": {"cutoff": 1.0, "other": 2}})
    found = change.between(base, head, ())
    assert set(affected(found)) == {"reads", "reads_by_macro", "reads_any"}
    assert causes(found, "reads_by_macro") == [("variable", "cutoff")]


def test_variables_count_as_a_package_sees_them() -> None:
    """A package's default that the root project overrides has no effect; a scoped override has."""
    nodes = [node("a", "{{ var('x') }}"), node("b", "{{ var('x') }}", package_name="pkg")]
    base = manifests.read(*nodes, variables={"shop": {"x": 1}, "pkg": {"x": 1}})
    overridden = manifests.read(*nodes, variables={"shop": {"x": 1}, "pkg": {"x": 2}})
    scoped = manifests.read(*nodes, variables={"shop": {"x": 1, "pkg": {"x": 2}}, "pkg": {"x": 1}})
    assert change.between(base, overridden, ()) == Change(affected=())
    assert affected(change.between(base, scoped, ())) == {"b": "modified"}


@pytest.mark.parametrize(
    ("base", "head", "details"),
    [
        ({"materialized": "view"}, {"materialized": "table"}, ["materialized"]),
        ({"pre-hook": []}, {"pre-hook": [{"sql": "delete from x"}]}, ["pre-hook"]),
        ({}, {"unheard_of": 1, "unique_key": "id"}, ["unheard_of", "unique_key"]),
        ({"offset": 1}, {"offset": 1.0}, ["offset"]),
        ({"column_types": {"a": "int", "b": "int"}}, {"column_types": {"b": "int", "a": "int"}}, []),
        ({"lookback": None}, {}, []),
    ],
)
def test_settings_that_can_touch_data_count(
    base: Mapping[str, object], head: Mapping[str, object], details: Sequence[str]
) -> None:
    """A model could be rebuilt in another way without being compared."""
    found = change.between(_configured(base), _configured(head), ())
    assert [cause.detail for entry in found.affected for cause in entry.causes] == details
    assert change.to_compile(_configured(base), _configured(head), ()) == ()


def test_metadata_that_code_reads_counts() -> None:
    """A model that writes its own meta into a column would change unseen."""
    by_macro = node("by_macro", "{{ owner() }}", macros=["macro.shop.owner"])
    both = [
        manifests.read(
            {**node("direct", "select '{{ config.get('meta').owner }}'"), "meta": {"owner": owner}},
            {**by_macro, "meta": {"owner": owner}},
            {**node("plain"), "meta": {"owner": owner}},
            macros=[macro("macro.shop.owner", "{{ model.config.meta.owner }}")],
        )
        for owner in ("ann", "bob")
    ]
    found = change.between(both[0], both[1], ())
    assert affected(found) == {"direct": "modified", "by_macro": "modified"}
    assert causes(found, "by_macro") == [("config", "meta")]
    assert [entry.unique_id for entry in found.metadata] == ["model.shop.plain"]


def test_code_that_reads_the_graph_counts_whatever_changed() -> None:
    """A model that lists all models has no edge to any of them; what it lists would change unseen."""
    listing = node("listing", "{% for n in graph.nodes.values() %}select '{{ n.name }}'{% endfor %}")
    by_macro = node("by_macro", "{{ models() }}", macros=["macro.shop.models"])
    macros = [macro("macro.shop.models", "{{ graph['nodes'] | length }}")]
    both = [listing, by_macro, node("plain", "select * from graph")]
    base = manifests.read(*both, macros=macros)
    found = change.between(base, manifests.read(*both, node("new"), macros=macros), ())
    assert affected(found) == {"listing": "modified", "by_macro": "modified", "new": "added"}
    assert change.between(base, manifests.read(*both, macros=macros), ()) == Change(affected=())


def test_an_enforced_contract_counts_and_a_loose_one_does_not() -> None:
    """A contract casts columns to its types; without enforcement it is only a description."""

    def contracted(kind: str, *, enforced: bool) -> Project:
        columns = {"id": {"name": "id", "data_type": kind}}
        return manifests.read(node("orders", columns=columns, contract={"enforced": enforced}))

    strict = change.between(contracted("int", enforced=True), contracted("bigint", enforced=True), ())
    assert causes(strict, "orders") == [("contract", "")]
    loose = change.between(contracted("int", enforced=False), contracted("bigint", enforced=False), ())
    assert (loose.affected, loose.metadata[0].what) == ((), ("columns",))


def test_seeds_count_by_content_however_large() -> None:
    """dbt itself does not see a change of a seed above 1 MiB."""

    def seeds(checksum: str) -> Project:
        large = {"name": "path", "checksum": f"seeds/{checksum}.csv"}
        small = {"name": "sha256", "checksum": checksum}
        return manifests.read(node("seed.large", checksum=large), node("seed.small", checksum=small))

    assert affected(change.between(seeds("a"), seeds("b"), ())) == {"small": "modified"}
    found = change.between(seeds("a"), seeds("a"), ["seed.shop.large"])
    assert causes(found, "large") == [("seed", "")]
    assert change.to_compile(seeds("a"), seeds("a"), ["seed.shop.large"]) == ()


@pytest.mark.parametrize(
    "changed", [{"identifier": "orders_v2"}, {"relation_name": "'new.csv'"}, {"config": {"plugin": "x", "sheet": 2}}]
)
def test_a_changed_source_affects_its_readers(changed: Entry) -> None:
    """Models would read another table, and nobody would compare."""
    reader = node("stg", reads=["source.shop.raw.orders"])
    plugged: Entry = {"config": {"plugin": "x", "sheet": 1}} if "config" in changed else {}
    base = manifests.read(reader, node("plain"), sources=[source("raw.orders", **plugged)])
    head = manifests.read(reader, node("plain"), sources=[source("raw.orders", **changed)])
    found = change.between(base, head, ())
    assert affected(found) == {"stg": "modified"}
    assert causes(found, "stg") == [("source", "raw.orders")]


def test_a_described_source_affects_nobody() -> None:
    """Documenting a source would rebuild the project."""
    reader = node("stg", reads=["source.shop.raw.orders"])
    described = source("raw.orders", description="x", meta={"owner": "me"}, config={"freshness": {"warn_after": 1}})
    base, head = (manifests.read(reader, sources=[entry]) for entry in (source("raw.orders"), described))
    assert change.between(base, head, ()) == Change(affected=())


@pytest.mark.parametrize("by", ["text", "macro", "variable"])
def test_a_changed_hook_of_the_run_affects_all_that_is_written(by: str) -> None:
    """What runs before all models can change all models."""

    def hooked(value: str) -> Project:
        text = f"set x = {value}" if by == "text" else "{{ udfs() }} {{ var('zone') }}"
        manifest = manifests.manifest(
            node("orders"),
            node("eph", config={"materialized": "ephemeral"}),
            hook("shop-on-run-start-0", text, ["macro.shop.udfs"]),
            macros=[macro("macro.shop.udfs", value if by == "macro" else "")],
        )
        return project.read(manifest, {"shop": {"zone": value if by == "variable" else ""}})

    found = change.between(hooked("1"), hooked("2"), ())
    assert affected(found) == {"orders": "modified"}
    assert causes(found, "orders") == [("hook", "shop-on-run-start-0")]


def test_another_schema_is_another_relation() -> None:
    """A model that moved to another schema would be compared with nothing."""
    below = node("child", reads=["model.shop.orders"])
    found = change.between(manifests.read(node("orders"), below), manifests.read(node("orders", schema="x"), below), ())
    assert causes(found, "orders") == [("relation", "schema")]
    assert affected(found)["child"] == "downstream"


def test_the_same_words_for_another_model_count() -> None:
    """A new latest version of a model changes those who read it, though not a letter of their code."""
    versions = [node("orders_v1"), node("orders_v2")]
    base = manifests.read(*versions, node("sums", reads=["model.shop.orders_v1"]))
    head = manifests.read(*versions, node("sums", reads=["model.shop.orders_v2"]))
    assert causes(change.between(base, head, ()), "sums") == [("sql", "reads other nodes")]


def test_python_models_are_compared_by_their_text() -> None:
    """Python is not compiled: a changed model must be built."""
    before, after = (manifests.read(node("py", text, language="python")) for text in ("return 1", "return 2"))
    assert change.to_compile(before, after, ()) == ()
    assert causes(change.between(before, after, ()), "py") == [(CauseKind.SQL.value, "")]
