"""What of base is read in production, and why the rest is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import plan as plans
from bot.core import production
from bot.core.graph import parents, reach
from bot.core.production import State
from bot.domain import Change, ChangeKind, NodeChange, Plan, Project, RelationName
from bot.errors import UsageError
from tests.core import manifests
from tests.core.manifests import Entry, macro, node, source

_NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
_SCHEMA = "https://schemas.getdbt.com/dbt/manifest/v12.json"


def _model(name: str, *reads: str, code: str = "select 1 as id", **more: object) -> Entry:
    return node(name, code, reads=[f"model.shop.{one}" for one in reads], **more)  # type: ignore[arg-type]


def _there(*entries: Entry, **more: object) -> Project:
    """Production: the same nodes in another schema, of another database."""
    return manifests.read(*({**entry, "schema": "live", "database": "warehouse"} for entry in entries), **more)  # type: ignore[arg-type]


def _uid(name: str) -> str:
    return f"model.shop.{name}"


def _not_ours(_: RelationName) -> bool:
    return False


def _own(state: Project, base: Project, is_ours: Callable[[RelationName], bool] = _not_ours) -> dict[str, str]:
    own = production.differing(state, base, is_ours)
    return {uid.rsplit(".", 1)[-1]: reason for uid, reason in own.items()}


def _change(*names: str) -> Change:
    return Change(tuple(NodeChange(_uid(name), ChangeKind.MODIFIED) for name in names))


def _decide(base: Project, state: Project, change: Change, missing: frozenset[str] = frozenset()) -> Plan:
    """As the run does, where all but `missing` can be read in production."""
    plan = plans.draw_up(change, base, base)
    reasons = production.stale(base, production.differing(state, base, _not_ours))
    wanted = production.candidates(plan, change, base, state, reasons)
    shown = {uid: relation for uid, relation in wanted.items() if uid not in missing}
    return production.explained(plans.draw_up(change, base, base, (), shown), change, reasons)


CHAIN = [_model("a"), _model("b", "a"), _model("c", "b"), _model("d", "c")]


def test_only_what_the_request_reads_itself_is_shown() -> None:
    """A thousand views would be made, or nothing saved, for a change of the last model."""
    plan = _decide(manifests.read(*CHAIN), _there(*CHAIN), _change("c", "d"))
    assert plan.base_nodes == plan.head_nodes == (_uid("c"), _uid("d"))
    assert plan.shown == {_uid("b"): RelationName("warehouse", "live", "b")}
    assert plan.rebuilt == {}


def test_what_differs_is_built_with_all_that_is_made_of_it() -> None:
    """Both sides would read what an older code made, and differ from what the merge gives."""
    old = [_model("a", code="select 0 as id"), *CHAIN[1:]]
    plan = _decide(manifests.read(*CHAIN, _model("x"), _model("e", "d", "x")), _there(*old, _model("x")), _change("e"))
    assert [uid.rsplit(".", 1)[-1] for uid in plan.base_nodes] == ["a", "b", "c", "d", "e"]
    assert list(plan.shown) == [_uid("x")]
    assert plan.rebuilt[_uid("a")] == "differs from production: sql"
    assert plan.rebuilt[_uid("b")] == "is made of a, which is not as in production"
    assert _uid("e") not in plan.rebuilt


def test_what_cannot_be_read_is_built_from_what_can() -> None:
    """A table that somebody dropped in production would end every run."""
    plan = _decide(manifests.read(*CHAIN), _there(*CHAIN), _change("d"), missing=frozenset({_uid("c")}))
    assert plan.base_nodes == (_uid("c"), _uid("d"))
    assert list(plan.shown) == [_uid("b")]
    assert plan.rebuilt == {_uid("c"): "has no relation in production that can be read"}


@pytest.mark.parametrize(
    ("here", "there", "reason"),
    [
        (_model("a"), _model("b"), "is not in production"),
        (_model("a", config={"materialized": "table"}), _model("a"), "differs from production: config materialized"),
        (
            _model("a", macros=["macro.shop.m"]),
            _model("a", macros=["macro.shop.m"]),
            "differs from production: macro m",
        ),
        (
            node("seed.a", checksum={"name": "sha256", "checksum": "1"}),
            node("seed.a", checksum={"name": "sha256", "checksum": "2"}),
            "differs from production: seed",
        ),
        (
            node("seed.a", checksum={"name": "path", "checksum": "seeds/a.csv"}),
            node("seed.a", checksum={"name": "path", "checksum": "seeds/a.csv"}),
            "is a seed above 1 MiB, of whose content a manifest says nothing",
        ),
    ],
)
def test_what_makes_a_node_another_one(here: Entry, there: Entry, reason: str) -> None:
    """Data of other code, of another configuration or another file would be compared as if it were base's."""
    base = manifests.read(here, macros=[macro("macro.shop.m", "new")])
    state = _there(there, macros=[macro("macro.shop.m", "old")])
    assert _own(state, base) == {"a": reason}


def test_what_is_no_difference() -> None:
    """Production has its own schema, often another version of dbt: everything would be built."""
    base = manifests.read(_model("a", macros=["macro.dbt.m"]), macros=[macro("macro.dbt.m", "new")])
    state = _there(_model("a", macros=["macro.dbt.m"]), macros=[macro("macro.dbt.m", "old")])
    assert _own(replace(state, dbt_version="1.9.0"), base) == {}


def test_a_source_in_another_place_is_another_one_but_where_ours_stands_for_it() -> None:
    """Shown tables would be made of other raw data than what is built beside them."""
    entry = node("a", reads=["source.shop.raw.orders"])
    base = manifests.read(entry, sources=[source("raw.orders")])
    elsewhere = _there(entry, sources=[source("raw.orders", schema="raw_live")])
    assert _own(elsewhere, base) == {"a": "differs from production: source raw.orders"}
    other_database = _there(entry, sources=[source("raw.orders", database="warehouse")])
    assert _own(other_database, base) == {"a": "differs from production: source raw.orders"}
    assert _own(other_database, base, lambda relation: relation.database == "db") == {}


def test_files_and_functions_are_built() -> None:
    """A view of a file that dbt writes shows the file of this run, and a function is no relation."""
    external = _model("a", config={"materialized": "external"})
    function = {**node("function.f"), "resource_type": "function"}
    entries = [external, function, node("b", reads=[_uid("a"), "function.shop.f"])]
    plan = _decide(manifests.read(*entries), _there(*entries), _change("b"))
    assert plan.shown == {}


@st.composite
def _graphs(draw: st.DrawFn) -> tuple[list[Entry], set[str], set[str], set[str]]:
    """A graph, what of it the request changes, what production has from other code, and what cannot be read."""
    names = [f"n{number}" for number in range(draw(st.integers(1, 9)))]
    entries = []
    for number, name in enumerate(names):
        reads = draw(st.sets(st.sampled_from(names[:number]))) if number else set()
        kind = draw(st.sampled_from(["table", "view", "ephemeral"]))
        entries.append(_model(name, *sorted(reads), config={"materialized": kind}))
    some = st.sets(st.sampled_from(names))
    return entries, draw(some), draw(some), draw(some)


@given(_graphs())
def test_every_node_that_is_built_finds_what_it_reads(drawn: tuple[list[Entry], set[str], set[str], set[str]]) -> None:
    """A build would fail for want of a parent, read old data, or take what the request changes from production."""
    entries, changed, older, missing = drawn
    base = manifests.read(*entries)
    state = _there(*({**one, "raw_code": "select 0"} if one["name"] in older else one for one in entries))
    above = parents(base)
    below = {uid: [child for child in above if uid in above[child]] for uid in above}
    affected = reach(map(_uid, changed), below)
    change = Change(tuple(NodeChange(uid, ChangeKind.MODIFIED) for uid in sorted(affected)))
    plan = _decide(base, state, change, frozenset(map(_uid, missing)))
    whole = plans.draw_up(change, base, base)
    built, stale = set(plan.base_nodes), reach(map(_uid, older), below)
    assert affected.intersection(whole.base_nodes) <= built <= set(whole.base_nodes)
    assert not built & plan.shown.keys()
    assert not plan.shown.keys() & (affected | stale | set(map(_uid, missing)))
    ephemeral = {uid for uid, one in base.nodes.items() if one.materialization == "ephemeral"}
    read = reach(built, {uid: above[uid] for uid in built | ephemeral})
    assert read <= built | ephemeral | plan.shown.keys()
    assert plan.rebuilt.keys() == built - affected
    assert plan.head_nodes == whole.head_nodes


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is no manifest"),
        ({"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}}, "is no manifest"),
        ({"metadata": {"dbt_schema_version": _SCHEMA.replace("v12", "v9")}}, "of the format v9"),
        ({"metadata": {"dbt_schema_version": _SCHEMA, "project_name": "hr"}}, "of another project: hr, and not shop"),
        ({"metadata": {"dbt_schema_version": _SCHEMA, "adapter_type": "spark"}}, "of another adapter: spark"),
    ],
)
def test_what_is_no_state_of_this_project_is_refused(document: object, words: str) -> None:
    """Everything would be built without a word, or a production of another project be read."""
    with pytest.raises(UsageError, match=words) as refused:
        production.read(document, manifests.read(*CHAIN), "state/manifest.json")
    assert refused.value.where == "state/manifest.json"
    assert refused.value.remedy


def test_a_production_that_nobody_can_read_is_an_error() -> None:
    """A missing grant would show as a night of builds, and nobody would know why."""
    state = State(_there(*CHAIN), None, "here")
    with pytest.raises(UsageError, match=r"none of the 1 relations .* may be read: warehouse\.live\.b") as refused:
        production.require_some([RelationName("warehouse", "live", "b")], [], state)
    assert "Grant" in refused.value.remedy
    production.require_some([], [], state)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "less than a minute ago"),
        (timedelta(minutes=61), "1 hour ago"),
        (timedelta(days=40), "40 days ago"),
    ],
)
def test_readers_are_told_how_old_the_state_is(age: timedelta, words: str) -> None:
    """Numbers of last month would look like today's."""
    base = manifests.read(*CHAIN)
    metadata = {"dbt_schema_version": _SCHEMA, "generated_at": (_NOW - age).isoformat().replace("+00:00", "Z")}
    document = {**manifests.manifest(*CHAIN), "metadata": metadata}
    state = production.read(document, base, "here")
    plan = _decide(base, state.project, _change("d"))
    (told,) = production.notices(plan, state, base, {}, _NOW)
    assert told.startswith("the origin is production: 1 relation is read there and not built, by its state of 2026-0")
    assert told.endswith(words)


def test_readers_are_told_how_far_production_is_from_base() -> None:
    """What a later merge changed would be read as the request's doing, or nobody would know what cost the time."""
    base, state = manifests.read(*CHAIN), _there(*CHAIN, _model("gone"), _model("x"))
    own = {_uid("a"): "differs from production: sql"}
    reasons = production.stale(base, own)
    plan = production.explained(plans.draw_up(_change("d"), base, base), _change("d"), reasons)
    first, second = production.notices(plan, State(state, None, "here"), base, own, _NOW)
    assert first.endswith("by its state of an unknown time")
    assert (
        "3 of its nodes differ from base, and 3 had to be built that the request does not touch: `a` differs" in second
    )
    untouched = production.notices(replace(plan, rebuilt={}), State(state, None, "here"), base, own, _NOW)
    assert untouched[1].endswith("3 of its nodes differ from base, none of which is read here")
