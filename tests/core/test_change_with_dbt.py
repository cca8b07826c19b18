"""What a request did to the graph, on manifests that dbt itself wrote."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.core import change, keys
from bot.domain import Change, Key, KeySource
from tests.core import shop
from tests.core.manifests import affected, causes

Edit = tuple[str, str, str]
MOVES = {
    "models/moved.sql": "models/marts/moved.sql",
    "seeds/small.csv": "data/small.csv",
    "seeds/large.csv": "data/large.csv",
}
EDITS: tuple[Edit, ...] = (
    ("dbt_project.yml", "seed-paths: [seeds]", "seed-paths: [data]"),
    ("dbt_project.yml", "cutoff: 3, unused: 1", "cutoff: 4, unused: 2"),
    ("dbt_project.yml", "materialized: view", "materialized: table"),
    ("macros/cents.sql", "/ 100", "/ 100.0"),
    ("macros/cents.sql", "unused(c) %}{{ c }}", "unused(c) %}{{ c }} + 1"),
    ("macros/materialization.sql", "create or replace", "create  or replace"),
    ("dbt_packages/local/macros/money.sql", ", 2)", ", 3)"),
    ("dbt_packages/local/models/packaged.sql", "1", "2"),
    ("models/changed.sql", "1", "2"),
    ("models/below_gone.sql", "'gone'", "'moved'"),
    ("models/comment.sql", "select 'a' as a,", "-- note\nselect 'a'   as a,"),
    ("models/inc.sql", "select 1", "select 1 /* note */"),
    ("models/py.py", "return", "# note\n    return"),
    ("models/schema.yml", "data/{name}", "lake/{name}"),
    ("models/schema.yml", "before", "after"),
    ("models/schema.yml", "[unique, not_null]", "[unique]"),
    ("models/schema.yml", "data_type: int", "data_type: bigint"),
)
EVERYWHERE: tuple[Edit, ...] = (("dbt_project.yml", "vars:", 'on-run-start: ["select 1"]\nvars:'),)
SCHEMA_NAME = "{% macro generate_schema_name(custom_schema_name, node) %}{{ 'elsewhere' }}{% endmacro %}"


def _edited(edits: Iterable[Edit]) -> dict[str, str]:
    files = dict(shop.BASE)
    for path, before, after in edits:
        assert before in files[path], path
        files[path] = files[path].replace(before, after)
    return files


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> shop.Read:
    """The project before the request, compiled."""
    return shop.read(tmp_path_factory.mktemp("base"), shop.BASE, "compile")


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> shop.Read:
    """The project with something of every kind changed, compiled."""
    files = {MOVES.get(path, path): text for path, text in _edited(EDITS).items() if path != "models/gone.sql"}
    return shop.read(tmp_path_factory.mktemp("head"), files, "compile")


@pytest.fixture(scope="session")
def found(base: shop.Read, head: shop.Read) -> Change:
    """What lies between the two."""
    names = change.to_compile(base.project, head.project, ())
    compiled = {name: (base.compiled[name], head.compiled[name]) for name in names}
    return change.between(base.project, head.project, (), compiled)


def test_everything_that_the_request_touches_is_affected_and_nothing_else(found: Change) -> None:
    """Any model missing here could break unseen; any model too many costs a build."""
    assert affected(found) == {
        "gone": "removed",
        **dict.fromkeys(["direct", "via", "dispatched", "branch", "own", "reads_var", "in_folder"], "modified"),
        **dict.fromkeys(["contracted", "reads_source", "changed", "below_gone", "inc", "py", "packaged"], "modified"),
        **dict.fromkeys(["eph", "below_eph"], "downstream"),
    }


@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        ("direct", "macro", "hundredth"),
        ("via", "macro", "hundredth"),
        ("dispatched", "macro", "local.default__rounded"),
        ("branch", "macro", "hundredth"),
        ("own", "macro", "materialization_own_duckdb"),
        ("reads_var", "variable", "cutoff"),
        ("in_folder", "config", "materialized"),
        ("contracted", "contract", ""),
        ("reads_source", "source", "lake.events"),
        ("below_gone", "sql", ""),
        ("inc", "sql", ""),
        ("py", "sql", ""),
        ("packaged", "sql", ""),
    ],
)
def test_every_model_is_affected_for_its_own_reason(found: Change, name: str, kind: str, detail: str) -> None:
    """The comment would send the reader to the wrong file."""
    assert causes(found, name) == [(kind, detail)]


def test_ephemeral_models_pass_a_change_on(found: Change) -> None:
    """What reads an ephemeral model would seem to have no cause."""
    below = next(entry for entry in found.affected if entry.unique_id == "model.shop.below_eph")
    assert below.upstream == ("model.shop.changed",)


def test_a_comment_is_cleared_with_all_below_it(found: Change) -> None:
    """A comment would rebuild everything downstream."""
    assert found.same_sql == ("model.shop.comment",)


def test_only_static_models_are_offered_for_clearing(base: shop.Read, head: shop.Read) -> None:
    """If dbt's own macros made models look dynamic nothing could be cleared; an incremental must never be."""
    offered = [unique_id.rsplit(".", 1)[-1] for unique_id in change.to_compile(base.project, head.project, ())]
    static = {"below_gone", "changed", "comment", "direct", "dispatched", "packaged", "reads_var", "via"}
    assert set(offered) == static


def test_descriptions_and_tests_are_listed_apart(found: Change) -> None:
    """Documentation would either rebuild models or go unmentioned."""
    assert [(entry.unique_id, entry.what) for entry in found.metadata] == [
        ("model.shop.described", ("description", "tests"))
    ]


def test_a_seed_above_one_mebibyte_is_known_by_its_file_only(base: shop.Read, head: shop.Read) -> None:
    """dbt hashes its path: a moved seed would count as changed, a changed one as the same."""
    large = "seed.shop.large"
    assert (base.project.nodes[large].checksum, head.project.nodes[large].checksum) == ("", "")
    assert base.project.nodes["seed.shop.small"].checksum != ""
    assert affected(change.between(base.project, base.project, [large])) == {"large": "modified"}


def test_a_seed_behind_a_source_passes_its_change_on(base: shop.Read) -> None:
    """dbt knows no edge here; the reader of the source would keep its old data."""
    found = change.between(base.project, base.project, ["seed.shop.small"])
    assert affected(found)["reads_seed_as_source"] == "downstream"
    assert change.behind_sources(base.project) == {"seed.shop.small"}


def test_keys_are_found_where_dbt_puts_them(base: shop.Read) -> None:
    """Declared keys would be missed, and rows compared as a heap."""
    names = ("model.shop.described", "model.shop.contracted", "model.shop.inc", "snapshot.shop.history")
    assert [keys.declared(base.project, name)[0] for name in names] == [
        Key(("id",), KeySource.UNIQUE_NOT_NULL),
        Key(("id",), KeySource.CONSTRAINT),
        Key(("a",), KeySource.UNIQUE_KEY),
        Key(("id",), KeySource.UNIQUE_KEY),
    ]
    assert len(keys.volatile_columns(base.project.nodes["snapshot.shop.history"])) == 4


def test_schema_names_and_hooks_of_the_run_reach_every_relation(
    base: shop.Read, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A macro that only dbt calls, or a statement before all models, would change the project unseen."""
    files = {**_edited(EVERYWHERE), "macros/generate_schema_name.sql": SCHEMA_NAME}
    head = shop.read(tmp_path_factory.mktemp("everywhere"), files, "parse")
    found = change.between(base.project, head.project, ())
    written = {uid for uid, node in head.project.nodes.items() if node.relation is not None}
    assert {entry.unique_id for entry in found.affected if entry.kind.value == "modified"} == written
    assert causes(found, "moved") == [("hook", "shop-on-run-start-0"), ("relation", "schema")]
    assert affected(found)["eph"] == "downstream"
