"""What will be built and tested on each side, and what must not be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from bot.core import change
from bot.core import plan as plans
from bot.domain import Change, ChangeKind, NodeChange, Plan, Project, RelationName
from bot.errors import UsageError
from tests.core import manifests
from tests.core.manifests import Entry, generic_test, hook, macro, node, source

KINDS = {"+": ChangeKind.ADDED, "-": ChangeKind.REMOVED, "~": ChangeKind.MODIFIED, ">": ChangeKind.DOWNSTREAM}


def _change(*entries: str) -> Change:
    """A change of nodes of the shop: `~a` modified, `+a` added, `-a` removed, `>a` downstream."""
    ids = [entry[1:] if "." in entry else f"model.{entry[1:]}" for entry in entries]
    uids = [f"{name.partition('.')[0]}.shop.{name.partition('.')[2]}" for name in ids]
    return Change(tuple(NodeChange(uid, KINDS[entry[0]]) for uid, entry in zip(uids, entries, strict=True)))


def _names(unique_ids: tuple[str, ...]) -> list[str]:
    return [uid.rsplit(".", 1)[-1] for uid in unique_ids]


def _model(name: str, *reads: str, **config: object) -> Entry:
    return node(name, reads=[read if "." in read else f"model.shop.{read}" for read in reads], config=config or None)


def _draw(change: Change, base: Project, head: Project | None = None) -> Plan:
    return plans.draw_up(change, base, head or base)


CHAIN = [_model("a"), _model("b", "a"), _model("c", "b"), _model("d", "c"), _model("x"), _model("y", "x")]


def test_only_what_is_needed_is_built() -> None:
    """A project of thousands of models would be built whole for a change of one."""
    plan = _draw(_change("~c", ">d"), manifests.read(*CHAIN))
    assert _names(plan.base_nodes) == ["a", "b", "c", "d"]
    assert _names(plan.head_nodes) == ["c", "d"]
    assert _names(tuple(name.identifier for name in plan.head_drops)) == ["c", "d"]
    assert plan.first == ()


def test_nothing_affected_builds_nothing() -> None:
    """A change of a README would cost a build."""
    assert _draw(Change(()), manifests.read(*CHAIN)) == Plan((), (), (), (), (), ())


def test_what_the_projects_own_questions_read_is_built() -> None:
    """A query over a changed and an unchanged model would fail, because the latter is not there."""
    base = manifests.read(*CHAIN)
    plan = plans.draw_up(_change("~c", ">d"), base, base, asked=["model.shop.y", "model.shop.d"])
    assert _names(plan.base_nodes) == ["a", "b", "c", "d", "x", "y"]
    assert _names(plan.head_nodes) == ["c", "d"]


def test_an_added_model_gets_what_it_reads() -> None:
    """A new model would fail for want of parents that nothing else needs."""
    head = manifests.read(*CHAIN, _model("new", "y"))
    plan = _draw(_change("+new"), manifests.read(*CHAIN), head)
    assert _names(plan.base_nodes) == ["x", "y"]
    assert _names(plan.head_nodes) == ["new"]


def test_a_new_parent_of_an_old_model_is_built_at_base_too() -> None:
    """A changed join would fail at head, because base was built without the table that it now reads."""
    head = manifests.read(*CHAIN[:2], _model("c", "b", "y"), *CHAIN[3:])
    plan = _draw(_change("~c", ">d"), manifests.read(*CHAIN), head)
    assert _names(plan.base_nodes) == ["a", "b", "c", "d", "x", "y"]
    assert _names(plan.head_nodes) == ["c", "d"]


def test_a_removed_model_is_built_at_base_and_gone_at_head() -> None:
    """A removed model would still be there at head, so that what reads it by name goes on working."""
    plan = _draw(_change("-c"), manifests.read(*CHAIN[:3]), manifests.read(*CHAIN[:2]))
    assert (_names(plan.base_nodes), plan.head_nodes) == (["a", "b", "c"], ())
    assert plan.head_drops == (RelationName("db", "main", "c"),)


def test_a_model_that_moves_is_dropped_where_it_was_and_where_it_goes() -> None:
    """What lies in its way at head, or stays where it was, would be taken for its result."""
    head = manifests.read(node("a", alias="elsewhere"))
    drops = _draw(_change("~a"), manifests.read(node("a")), head).head_drops
    assert [name.identifier for name in drops] == ["a", "elsewhere"]


def test_ephemeral_models_are_not_built_and_what_they_read_is() -> None:
    """dbt would be asked to build what it can't, or a parent behind it be missing."""
    project = manifests.read(_model("a"), _model("e", "a", materialized="ephemeral"), _model("c", "e"))
    plan = _draw(_change("~e", ">c"), project)
    assert (_names(plan.base_nodes), _names(plan.head_nodes)) == (["a", "c"], ["c"])
    assert [name.identifier for name in plan.head_drops] == ["c"]


def test_seeds_and_snapshots_are_built_like_models() -> None:
    """A changed seed would be compared with itself."""
    project = manifests.read(
        node("seed.s"), node("snapshot.t", reads=["seed.shop.s"]), node("a", reads=["snapshot.shop.t"])
    )
    plan = _draw(_change("~seed.s", ">snapshot.t", ">a"), project)
    assert plan.head_nodes == ("model.shop.a", "seed.shop.s", "snapshot.shop.t")


def test_an_external_model_that_is_read_is_made_anew_at_head() -> None:
    """Head would read the file in base's folder, or none."""
    project = manifests.read(_model("a"), _model("file", "a", materialized="external"), _model("c", "file"))
    plan = _draw(_change("~c"), project)
    assert (_names(plan.base_nodes), _names(plan.head_nodes)) == (["a", "c", "file"], ["c", "file"])


# --- tests -------------------------------------------------------------------------------------------------------


def _relationship(child: str, parent: str) -> Entry:
    return {
        **generic_test("relationships", child, "id"),
        "unique_id": f"test.shop.{child}_to_{parent}",
        "depends_on": {"nodes": [f"model.shop.{child}", f"model.shop.{parent}"]},
    }


def test_tests_of_affected_models_run_on_both_sides() -> None:
    """A test that the change breaks would not be seen, or all tests of the project be run."""
    tests = [generic_test("unique", name, "id") for name in ("b", "c", "y")]
    plan = _draw(_change("~c", ">d"), manifests.read(*CHAIN, *tests))
    assert plan.base_tests == plan.head_tests == ("test.shop.unique_c_id",)


def test_what_a_test_reads_besides_is_built() -> None:
    """A relationships test would fail on both sides for want of the other table, and be called failing as before."""
    project = manifests.read(*CHAIN, _relationship("c", "y"))
    plan = _draw(_change("~c", ">d"), project)
    assert plan.head_tests == ("test.shop.c_to_y",)
    assert _names(plan.base_nodes) == ["a", "b", "c", "d", "x", "y"]
    assert _names(plan.head_nodes) == ["c", "d"]


def test_a_new_test_gets_what_it_reads_from_base() -> None:
    """A test that the request adds would fail at head because its other table was never built."""
    head = manifests.read(*CHAIN, _relationship("c", "y"))
    plan = _draw(_change("~c", ">d"), manifests.read(*CHAIN), head)
    assert (plan.base_tests, plan.head_tests) == ((), ("test.shop.c_to_y",))
    assert "model.shop.y" in plan.base_nodes


def test_a_test_between_an_affected_and_an_added_model_runs_at_head() -> None:
    """A test that only the head can run would be asked of base, or not at all."""
    head = manifests.read(*CHAIN, _model("new", "a"), _relationship("x", "new"))
    plan = _draw(_change("+new"), manifests.read(*CHAIN), head)
    assert (plan.base_tests, plan.head_tests) == ((), ("test.shop.x_to_new",))
    assert _names(plan.base_nodes) == ["a", "x"]


# --- what is behind a source -------------------------------------------------------------------------------------


def test_a_seed_behind_a_source_is_built_first() -> None:
    """dbt would build model and seed at once, and the model read yesterday's raw table, or none."""
    project = manifests.read(
        node("seed.raw"), node("stg", reads=["source.shop.main.raw"]), sources=[source("main.raw")]
    )
    plan = _draw(_change("~stg"), project)
    assert (plan.base_nodes, plan.first) == (("model.shop.stg", "seed.shop.raw"), ("seed.shop.raw",))
    assert plan.head_nodes == ("model.shop.stg",)
    assert _draw(_change("~seed.raw", ">stg"), project).head_nodes == ("model.shop.stg", "seed.shop.raw")


def test_a_model_behind_a_source_comes_first_with_all_that_it_reads() -> None:
    """It would be built before its own parents, and fail on both sides."""
    project = manifests.read(
        _model("a"), _model("raw", "a"), node("stg", reads=["source.shop.main.raw"]), sources=[source("main.raw")]
    )
    plan = _draw(_change("~stg"), project)
    assert plan.first == ("model.shop.a", "model.shop.raw")


def test_what_is_behind_a_source_nobody_needs_is_not_built() -> None:
    """Seeds of the whole project would be loaded each time."""
    project = manifests.read(node("seed.raw"), _model("a"), sources=[source("main.raw")])
    assert _draw(_change("~a"), project).first == ()


# --- the guard ---------------------------------------------------------------------------------------------------


def _stray(relation: RelationName) -> str | None:
    """Only the database `db` is ours."""
    is_ours = relation.database is None or relation.database.lower() == "db"
    return None if is_ours else f"writes to the database {relation.database!r}"


def _guard(*entries: Entry) -> None:
    project = manifests.read(*entries)
    plans.guard(project, sorted(project.nodes), _stray, "Name another target by `--target`.")


def test_what_stays_in_the_twin_passes() -> None:
    """Projects that do no harm would be refused."""
    _guard(
        node("a"),
        node("b", database="DB", schema="anything"),
        node("c", database=None),
        _model("d", materialized="ephemeral"),
        node("e", config={"materialized": "external", "location": "out/e.parquet"}),
        node("f", config={"materialized": "external"}),
        node("g", config={"materialized": "table", "location": "/not/used/by/tables"}),
    )


def test_every_model_that_strays_to_another_database_is_named() -> None:
    """A model would be written into an attached database of the user's."""
    with pytest.raises(UsageError) as caught:
        _guard(node("a", database="prod"), node("b"), node("seed.s", database="lake"))
    assert caught.value.message == (
        "some models would be written outside of proofbot's own database: "
        "model.shop.a writes to the database 'prod'; seed.shop.s writes to the database 'lake'"
    )
    assert "--target" in caught.value.remedy


def test_only_what_is_built_is_guarded() -> None:
    """A project with one stray model could never be proven, whatever the change."""
    project = manifests.read(node("a"), node("stray", database="prod"))
    plans.guard(project, ["model.shop.a"], _stray, "")


OUTSIDE = ["/abs/x.parquet", "../x.parquet", "a/../../x.parquet", "'/quoted/x.parquet'", "s3://bucket/x.parquet"]
OUTSIDE += [
    "~/x.parquet",
    "~other/x.parquet",
    "file:/abs/x.parquet",
    "FILE:///abs/x",
    " /abs/x",
    "C:\\x.parquet",
    "gcs:x",
]


@pytest.mark.parametrize("location", OUTSIDE)
def test_a_file_outside_of_the_project_is_refused(location: str) -> None:
    """Files of the user's would be overwritten by both twins."""
    with pytest.raises(UsageError, match=r"model\.shop\.x writes to the file"):
        _guard(node("x", config={"materialized": "external", "location": location}))
    with pytest.raises(UsageError, match="outside of proofbot's own folders") as caught:
        plans.guard_root(location, "profiles.yml, shop.outputs.dev")
    assert caught.value.where == "profiles.yml, shop.outputs.dev"


@pytest.mark.parametrize("root", [".", "out", "out/deep", "./out", "{{ env_var('X') }}"])
def test_a_root_inside_of_the_project_passes(root: str) -> None:
    """Projects with external models would be refused."""
    plans.guard_root(root, "here")


@pytest.mark.parametrize("folder", ["/srv/packages", "../packages", "~/packages"])
def test_packages_are_installed_in_the_project_only(folder: str) -> None:
    """A user's own folder would be filled, or emptied, by the `dbt deps` of a bot."""
    with pytest.raises(UsageError, match="packages would be installed"):
        plans.guard_packages(folder)
    plans.guard_packages("dbt_packages")


# --- work that would be left out ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "path", "counts"),
    [
        (" M", "dbt/models/a.sql", True),
        ("M ", "README.md", True),
        ("??", "dbt/models/new.sql", True),
        ("??", "dbt/models/new.py", True),
        ("??", "dbt/seeds/new.csv", True),
        ("??", "dbt/models/schema.yaml", True),
        ("??", "dbt/notes.md", False),
        ("??", "dbt/shop.duckdb", False),
        ("??", "analysis/new.sql", False),
        ("??", "dbt2/models/new.sql", False),
        ("??", "dbt/target/compiled/a.sql", False),
        ("??", "dbt/dbt_packages/utils/a.sql", False),
        ("??", "dbt/models/logs/new.sql", True),
        ("??", "dbt/models/target/new.sql", True),
        ("??", "dbt/.proofbot.yml", False),
        ("??", "dbt/.proofbot/expect.yml", True),
        ("A ", "dbt/.proofbot.yml", False),
        ("AM", ".github/workflows/proofbot.yml", False),
        ("A ", "dbt/models/new.sql", True),
        ("M ", ".github/workflows/proofbot.yml", True),
        ("??", "dbt/.github/workflows/proofbot.yml", False),
        ("??", "dbt/.gitlab-ci.yml", False),
        ("??", "dbt/.gitlab/proofbot.yml", False),
        ("??", "dbt/models/.proofbot.yml", True),
        (" M", "dbt/.proofbot.yml", True),
    ],
)
def test_uncommitted_work_that_matters_counts(letters: str, path: str, counts: bool) -> None:  # noqa: FBT001
    """A new model that was not added to git would be missing from the proof without a word."""
    expected = (path,) if counts else ()
    assert plans.work_left_out([(letters, path)], PurePosixPath("dbt")) == expected


@pytest.mark.parametrize("project", ["env/dbt", "target", "."])
def test_the_name_of_the_projects_folder_does_not_matter(project: str) -> None:
    """In a project that lies in a folder called `env`, no new model would ever count."""
    path = f"{project}/models/new.sql".removeprefix("./")
    assert plans.work_left_out([("??", path)], PurePosixPath(project)) == (path,)


# --- the digest of an origin -------------------------------------------------------------------------------------


def _shop(**changes: object) -> Project:
    """A project with something of everything; `changes` replace whole parts of it."""
    project = manifests.read(
        node("a", "select 1", macros=["macro.shop.m"], config={"tags": ["x"], "meta": {"k": 1, "l": 2}}),
        node("seed.s"),
        hook("on-run-start", "select 1"),
        sources=[source("main.raw")],
        macros=[macro("macro.shop.m", "{{ 1 }}")],
    )
    project = replace(project, variables={"shop": {"day": 1, "list": [1, 2]}, "utils": {}})
    return replace(project, **changes)  # type: ignore[arg-type]


def _with_node(**changes: object) -> Project:
    project = _shop()
    changed = replace(project.nodes["model.shop.a"], **changes)  # type: ignore[arg-type]
    return replace(project, nodes={**project.nodes, "model.shop.a": changed})


def _with_source(**changes: object) -> Project:
    project = _shop()
    changed = replace(project.sources["source.shop.main.raw"], **changes)  # type: ignore[arg-type]
    return replace(project, sources={"source.shop.main.raw": changed})


SETTINGS = {"commit": "abc", "dbt": "1.11.0", "source": "s1"}


def test_the_digest_differs_by_each_ingredient() -> None:
    """An origin that was built from something else would pass for the merge base."""
    macros = _shop().macros
    m = macros["macro.shop.m"]
    projects = [
        _shop(),
        _with_node(raw_code="select 2"),
        _with_node(checksum="1"),
        _with_node(relation=RelationName("db", "other", "a")),
        _with_node(relation=RelationName("other", "main", "a")),
        _with_node(config={"materialized": "table"}),
        _with_node(config={"materialized": "view", "tags": [], "meta": {"k": "1"}}),
        _with_source(relation=RelationName("db", "raw_eu", "raw")),
        _with_source(location="s3://bucket/x.csv"),
        _with_source(definition="other"),
        _shop(macros={"macro.shop.m": replace(m, text="{{ 2 }}")}),
        _shop(macros={"macro.shop.n": m}),
        _shop(hooks={"operation.shop.x": "select 1"}),
        _shop(hooks={"operation.shop.on-run-start": "select 2"}),
        _shop(variables={"shop": {"day": 2}, "utils": {}}),
        _shop(variables={"shop": {"day": "1", "list": [1, 2]}, "utils": {}}),
        _shop(nodes={}),
    ]
    digests = [plans.digest(project, SETTINGS) for project in projects]
    digests += [plans.digest(_shop(), {**SETTINGS, name: "other"}) for name in SETTINGS]
    digests += [plans.digest(_shop(), {**SETTINGS, "day": "2026-01-01"})]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in digests)


def test_the_digest_does_not_run_words_together() -> None:
    """Two projects would share an origin because their texts give the same letters in a row."""
    m = _shop().macros["macro.shop.m"]
    one = _shop(macros={"macro.shop.m": replace(m, text="ab")}, hooks={"c": "d"})
    two = _shop(macros={"macro.shop.m": replace(m, text="a")}, hooks={"bc": "d"})
    assert plans.digest(one, SETTINGS) != plans.digest(two, SETTINGS)


def _turned(value: object) -> object:
    """The same value with every mapping in it turned round."""
    if isinstance(value, Mapping):
        return {key: _turned(item) for key, item in reversed(list(value.items()))}
    return value


def test_the_digest_does_not_depend_on_the_order_of_things() -> None:
    """No origin would ever be found again."""
    shop = _shop()
    nodes = {uid: replace(one, config=_turned(one.config)) for uid, one in reversed(list(shop.nodes.items()))}  # type: ignore[arg-type]
    turned = _shop(nodes=nodes, variables=_turned(shop.variables), hooks=_turned(shop.hooks))
    assert plans.digest(turned, _turned(SETTINGS)) == plans.digest(shop, SETTINGS)  # type: ignore[arg-type]


def test_odd_variables_and_bytes_have_a_digest() -> None:
    """`vars` with numbers or dates for keys, or a model in an odd encoding, would be a crash."""
    odd = {"shop": {"map": {1: "a", "b": 2, None: 3, 1.5: 4}, "nan": float("nan")}}
    assert plans.digest(_shop(variables=odd), SETTINGS) == plans.digest(_shop(variables=odd), SETTINGS)
    assert plans.digest(_with_node(raw_code="select '\udce9'"), SETTINGS)


# --- environment variables and the clock -------------------------------------------------------------------------


def test_environment_variables_are_found_wherever_code_reads_them() -> None:
    """An origin that was built with another environment would be used."""
    project = manifests.read(
        node("a", "{{ env_var('IN_MODEL') }}", macros=["macro.shop.m", "macro.dbt.built_in"]),
        node("b", config={"pre-hook": [{"sql": "{{ env_var('IN_PRE_HOOK') }}"}]}),
        hook("on-run-start", '{{ env_var( "IN_HOOK", "x") }}', macros=["macro.shop.of_hook"]),
        macros=[
            macro("macro.shop.m", "{{ deep() }}", calls=["macro.utils.deep"]),
            macro("macro.utils.deep", "{{ env_var('IN_DEEP') }}"),
            macro("macro.shop.of_hook", "{{ env_var('IN_MACRO_OF_HOOK') }}"),
            macro("macro.shop.not_called", "{{ env_var('NOT_CALLED') }}"),
            macro("macro.dbt.built_in", "{{ env_var('BUILT_IN') }}"),
        ],
    )
    assert plans.environment_variables(project, "path: {{ env_var('IN_PROFILE') }}") == (
        "IN_DEEP",
        "IN_HOOK",
        "IN_MACRO_OF_HOOK",
        "IN_MODEL",
        "IN_PRE_HOOK",
        "IN_PROFILE",
    )


def test_variables_with_a_default_need_not_be_set() -> None:
    """`init` would have people make secrets that nothing needs, or leave out one without which no job parses."""
    project = manifests.read(
        node("a", "{{ env_var('NEEDED') }}{{ env_var('SPARED', '') }}{{ env_var(\"BOTH\", 'x') }}"),
        node("b", '{{ env_var( "BOTH" ) | int }}'),
    )
    assert plans.needed_variables(project, "{{ env_var('IN_PROFILE') }}") == ("BOTH", "IN_PROFILE", "NEEDED")


@pytest.mark.parametrize(
    "code",
    [
        "select current_date",
        "select CURRENT_TIMESTAMP",
        "select now()",
        "select NOW ()",
        "select today()",
        "select getdate()",
        "{{ run_started_at }}",
        "{{ modules.datetime.date.today() }}",
        "{{ dbt.current_timestamp() }}",
        "select get_current_timestamp()",
        "select get_current_time()",
        "select current_localtimestamp()",
        "sysdate",
        "datetime.utcnow()",
        "select localtimestamp",
        "select transaction_timestamp()",
        "time.time()",
    ],
)
def test_code_that_asks_for_the_time_is_known(code: str) -> None:
    """Yesterday's origin would be compared with today's head, and the date be called a change."""
    assert plans.reads_clock(manifests.read(node("a", code)))


@pytest.mark.parametrize(
    "code", ["select 1", "select known()", "select is_current, date, time from t", "select created_now_at from x"]
)
def test_other_code_does_not_ask_for_the_time(code: str) -> None:
    """No origin would live longer than a day."""
    assert not plans.reads_clock(manifests.read(node("a", code)))


def test_macros_that_ask_for_the_time_count_where_they_are_called() -> None:
    """A date that comes from a package's macro would not be noticed; or one nobody calls would spoil all origins."""
    clock = macro("macro.utils.deep", "select current_date")
    between = macro("macro.shop.m", "{{ utils.deep() }}", calls=["macro.utils.deep"])
    built_in = macro("macro.dbt.snapshot_get_time", "{{ current_timestamp() }}")
    assert plans.reads_clock(manifests.read(node("a", macros=["macro.shop.m"]), macros=[clock, between]))
    assert plans.reads_clock(manifests.read(hook("h", "x", macros=["macro.shop.m"]), macros=[clock, between]))
    assert not plans.reads_clock(manifests.read(node("a"), macros=[clock, between]))
    assert not plans.reads_clock(manifests.read(node("a", macros=["macro.dbt.snapshot_get_time"]), macros=[built_in]))


def test_a_macro_that_the_manifest_does_not_have_is_no_crash() -> None:
    """A manifest that names a macro of a package that is gone would end the run."""
    assert not plans.reads_clock(manifests.read(node("a", macros=["macro.gone.m"])))


@pytest.mark.parametrize("code", ["where d < current_date", "{{ env_var('LIMIT') }}"])
def test_what_tests_read_counts_for_an_origin(code: str) -> None:
    """A test that failed at base yesterday would excuse one that the request breaks today."""
    singular = node("test.t", code, resource_type="test", config={})
    project = manifests.read(node("a"), {**singular, "unique_id": "test.shop.t"})
    assert plans.reads_clock(project) or plans.environment_variables(project) == ("LIMIT",)
    called = {**node("test.t", resource_type="test", macros=["macro.pkg.test_recent"]), "unique_id": "test.shop.t"}
    assert plans.reads_clock(manifests.read(called, macros=[macro("macro.pkg.test_recent", code + " now()")]))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("select * from read_csv('https://example.org/x.csv')", True),
        ("select * from read_parquet('/data/*.parquet')", True),
        ("select * from '../shared/x.csv'", True),
        ("select * from postgres_scan('host=h', 'public', 't')", True),
        ("select a / b, '/' as slash, 'n/a' -- see https://example.org", False),
        ("select * from read_csv('data/x.csv')", False),
    ],
)
def test_code_that_reads_from_elsewhere_is_known(code: str, expected: bool) -> None:  # noqa: FBT001
    """An origin of another state of a file would be compared with a head of today's."""
    assert plans.reads_elsewhere(manifests.read(node("a", code))) is expected


def test_sources_elsewhere_are_known() -> None:
    """As above, for files and plugins behind sources."""
    for more in ({"relation_name": "'s3://b/x.csv'"}, {"config": {"plugin": "gsheet"}}):
        assert plans.reads_elsewhere(manifests.read(sources=[source("lake.x", **more)]))
    assert not plans.reads_elsewhere(manifests.read(sources=[source("lake.x", relation_name="'data/x.csv'")]))


def test_head_starts_afresh_where_a_hook_of_the_run_changed() -> None:
    """`create table if not exists` would leave base's table to head, and both sides would read the same rows."""
    base, head = (manifests.read(node("a"), hook("start", f"select {number}")) for number in (1, 2))
    drawn = plans.draw_up(change.between(base, head, ()), base, head)
    assert drawn.head_afresh
    assert drawn.head_nodes == ("model.shop.a",)
    edited = manifests.read(node("a", "select 2"), hook("start", "select 1"))
    assert not plans.draw_up(change.between(base, edited, ()), base, edited).head_afresh
