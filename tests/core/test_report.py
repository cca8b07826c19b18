"""Everything that was seen becomes a report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import report
from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import (
    Change,
    ChangeKind,
    Column,
    ColumnReport,
    Finding,
    Grade,
    Key,
    KeySource,
    MetadataChange,
    NamedReport,
    NodeChange,
    NodeResult,
    Outcome,
    Pair,
    Plan,
    Problem,
    RelationName,
    RowReport,
    Status,
    Table,
)
from tests.core import manifests
from tests.core.manifests import generic_test, node
from tests.render.reports import RUN

UID = "model.shop.a"
HERE = RelationName("db", "main", "a")
NODE = manifests.read(node("a", config={"materialized": "table"})).nodes[UID]
BUILT = Finding("build", Outcome.UNCHANGED, "builds on both sides", measures={"base": "success", "head": "success"})
SCHEMA = Finding(
    "schema",
    Outcome.CHANGED,
    "1 column added",
    measures={
        "added": ["new"],
        "removed": ["old"],
        "type_changed": {"price": {"base": "INTEGER", "head": "DOUBLE"}},
        "order_changed": True,
    },
)
ROW_COUNT = Finding("row_count", Outcome.CHANGED, "", measures={"base": 10, "head": 12})
VALUES = Finding(
    "values",
    Outcome.CHANGED,
    "",
    measures={
        "base": 10,
        "head": 12,
        "added": 4,
        "removed": 2,
        "changed": 3,
        "unchanged": 5,
        "unkeyed": 1,
        "columns": {
            "price": {"changed": 3, "match_percent": 62.5},
            "id": {"changed": 0, "match_percent": 100.0},
        },
        "compared": ["id", "price"],
        "uncompared": {"shape": "geometries cannot be compared"},
    },
)


def _seen(
    *findings: Finding,
    kind: ChangeKind = ChangeKind.MODIFIED,
    relations: tuple[RelationName | None, RelationName | None] = (HERE, HERE),
    reason: str | None = None,
    by_nature: bool = False,
) -> Seen:
    return Seen(Standing(NodeChange(UID, kind), NODE, *relations, reason, by_nature), findings)


def test_rows_and_columns_come_from_the_checks() -> None:
    """The table of the comment would show wrong numbers, or none."""
    made = report.of_model(_seen(BUILT, SCHEMA, ROW_COUNT, VALUES))
    assert made.rows == RowReport(base=10, head=12, added=4, removed=2, changed=3, unchanged=5, unkeyed=1)
    assert made.columns == ColumnReport(
        added=("new",),
        removed=("old",),
        type_changed={"price": ("INTEGER", "DOUBLE")},
        changed={"price": 3},
        order_changed=True,
        compared=("id", "price"),
        uncompared={"shape": "geometries cannot be compared"},
    )
    assert (made.outcome, made.grade, made.reason) == (Outcome.CHANGED, Grade.FAIL, None)
    assert [finding.grade for finding in made.findings] == [Grade.FAIL, Grade.FAIL, Grade.FAIL, Grade.PASS]
    assert (made.unique_id, made.name, made.resource_type, made.package) == (UID, "a", "model", "shop")
    assert (made.path, made.materialization, made.change.kind) == ("models/a.sql", "table", ChangeKind.MODIFIED)


def test_findings_are_told_in_one_order() -> None:
    """What a model is and holds would hide below how it was built, and the order would differ from run to run."""
    checks = ["build", "histogram", "schema", "unheard of", "tests", "values", "profile", "row_count", "top_k", "keys"]
    made = report.of_model(_seen(*(Finding(check, Outcome.UNCHANGED, "") for check in checks)))
    assert [finding.check for finding in made.findings] == [
        *("schema", "row_count", "keys", "values", "profile", "top_k", "histogram", "tests", "build", "unheard of")
    ]


def test_tests_close_the_gate_and_say_nothing_of_the_data() -> None:
    """A model whose test fails newly would be told to have other rows than before."""
    failing = Finding("tests", Outcome.CHANGED, "1 dbt test newly failing", measures={"newly_failing": ["t"]})
    same = Finding("values", Outcome.UNCHANGED, "", measures={"base": 3, "head": 3})
    made = report.of_model(_seen(BUILT, same, failing))
    assert (made.outcome, made.grade) == (Outcome.UNCHANGED, Grade.FAIL)


def test_rows_are_known_as_far_as_they_were_counted() -> None:
    """A failed comparison of values would hide how many rows there are."""
    broken = Finding("values", Outcome.ERRORED, "out of memory")
    made = report.of_model(_seen(BUILT, ROW_COUNT, broken))
    assert made.rows == RowReport(base=10, head=12)
    assert made.columns is None
    assert (made.outcome, made.grade, made.reason) == (Outcome.ERRORED, Grade.ERROR, "values: out of memory")


def test_without_numbers_there_are_no_rows() -> None:
    """A model nobody could count would be told to have no rows."""
    made = report.of_model(_seen(BUILT, Finding("row_count", Outcome.ERRORED, "gone")))
    assert (made.rows, made.columns) == (None, None)


def test_zero_rows_are_told() -> None:
    """An empty table would look like one that was not counted."""
    empty = Finding("row_count", Outcome.VACUOUS, "", measures={"base": 0, "head": 0})
    made = report.of_model(_seen(BUILT, empty))
    assert (made.rows, made.outcome, made.grade) == (RowReport(base=0, head=0), Outcome.VACUOUS, Grade.WARN)


@pytest.mark.parametrize(
    ("kind", "side", "relations", "grade"),
    [
        (ChangeKind.ADDED, "head", (None, HERE), Grade.PASS),
        (ChangeKind.REMOVED, "base", (HERE, None), Grade.WARN),
    ],
)
def test_what_exists_on_one_side_only_shows_that_side(
    kind: ChangeKind, side: str, relations: tuple[RelationName | None, RelationName | None], grade: Grade
) -> None:
    """A new model would be shown as one whose rows all vanished, or a removed one as unchanged."""
    counted = Finding("row_count", Outcome.CHANGED, "", measures={"base": None, "head": None, side: 7})
    made = report.of_model(_seen(BUILT, counted, kind=kind, relations=relations))
    assert made.rows == RowReport(**{side: 7})
    assert (made.outcome, made.grade) == (Outcome.CHANGED, grade)


def test_an_added_model_that_fails_is_no_success() -> None:
    """A new model that does not build would be waved through as an addition."""
    failed = Finding("build", Outcome.ERRORED, "fails at head", measures={"base": None, "head": "error"})
    made = report.of_model(_seen(failed, kind=ChangeKind.ADDED, relations=(None, None), reason="dbt at head: no table"))
    assert (made.outcome, made.grade, made.reason) == (Outcome.ERRORED, Grade.FAIL, "dbt at head: no table")


def test_an_added_model_that_was_not_built_is_told_to_be_unchecked() -> None:
    """The headline of a closed gate would only say that a model was added."""
    skipped = Finding("build", Outcome.SKIPPED, "not built", measures={"base": None, "head": "skipped"})
    made = report.of_model(_seen(skipped, kind=ChangeKind.ADDED, relations=(None, None)))
    assert (made.outcome, made.grade) == (Outcome.SKIPPED, Grade.ERROR)


def test_an_added_model_with_a_bad_key_fails() -> None:
    """A new model with repeated keys would be merged because it has no past."""
    facts = {"null_rows": 0, "duplicate_keys": 1, "duplicate_rows": 2}
    keys = Finding("keys", Outcome.CHANGED, "repeated", measures={"base": None, "head": facts})
    made = report.of_model(_seen(BUILT, keys, kind=ChangeKind.ADDED, relations=(None, HERE)))
    assert (made.outcome, made.grade) == (Outcome.CHANGED, Grade.FAIL)


@pytest.mark.parametrize("relations", [(None, HERE), (HERE, None)])
def test_a_model_that_becomes_or_was_ephemeral_is_a_warning(
    relations: tuple[RelationName | None, RelationName | None],
) -> None:
    """A relation that appears or vanishes would be told to be unchanged, or close the gate."""
    told = Finding("schema", Outcome.SKIPPED, "ephemeral at head: its relation is gone")
    made = report.of_model(_seen(told, relations=relations, reason="ephemeral at head", by_nature=True))
    assert (made.outcome, made.grade, made.reason) == (Outcome.CHANGED, Grade.WARN, "ephemeral at head")


def test_an_ephemeral_model_is_skipped_with_its_reason() -> None:
    """A model without relation would be counted as checked, or close the gate."""
    made = report.of_model(_seen(relations=(None, None), reason="ephemeral: no relation", by_nature=True))
    assert (made.outcome, made.grade) == (Outcome.SKIPPED, Grade.PASS)
    assert (made.reason, made.rows, made.columns) == ("ephemeral: no relation", None, None)


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_model_that_was_asked_nothing_is_an_error(kind: ChangeKind) -> None:
    """A model that fell through a gap of ours would be merged unseen."""
    made = report.of_model(_seen(kind=kind))
    assert (made.outcome, made.grade, made.reason) == (Outcome.ERRORED, Grade.ERROR, "nothing was asked of it")


def test_the_key_is_the_pairs() -> None:
    """The reader would not know by what rows were lined up."""
    table = Table(HERE, "a", (Column("id", "INTEGER"),))
    pair = Pair(UID, table, table, (), Key(("id",), KeySource.UNIQUE))
    made = report.of_model(replace(_seen(BUILT), pair=pair))
    assert made.key == Key(("id",), KeySource.UNIQUE)
    assert report.of_model(_seen(BUILT)).key is None


def test_odd_measures_do_no_harm() -> None:
    """A check that says less than usual would end the run after all the work is done."""
    odd = Finding("schema", Outcome.SKIPPED, "", measures={"added": None, "removed": "x", "type_changed": ["y"]})
    values = Finding("values", Outcome.SKIPPED, "", measures={"columns": None, "compared": None, "base": "3"})
    made = report.of_model(_seen(BUILT, odd, values))
    assert (made.rows, made.columns) == (None, ColumnReport())


# --- dbt's tests -------------------------------------------------------------------------------------------------

BASE = manifests.read(node("a"), node("b"), *(generic_test("unique", "a", name) for name in ("kept", "gone", "quiet")))
HEAD = manifests.read(node("a"), node("b"), *(generic_test("unique", "a", name) for name in ("kept", "new", "quiet")))
KEPT, GONE, NEW, QUIET = (f"test.shop.unique_a_{name}" for name in ("kept", "gone", "new", "quiet"))
PLAN = Plan((), (), (), (), base_tests=(GONE, KEPT, QUIET), head_tests=(KEPT, NEW, QUIET))


def _results(**statuses: str) -> dict[str, NodeResult]:
    named = {"kept": KEPT, "gone": GONE, "new": NEW, "quiet": QUIET}
    count = {"fail": 2, "pass": 0}
    return {
        named[name]: NodeResult(named[name], status, f"said {status}", failures=count.get(status))
        for name, status in statuses.items()
    }


def test_tests_of_both_sides_are_told() -> None:
    """A test that fails, or that was removed, would be missing from the report."""
    before = _results(kept="pass", gone="fail", quiet="pass")
    after = _results(kept="fail", new="pass", quiet="pass")
    made = {test.unique_id: test for test in report.compare_tests(PLAN, BASE, HEAD, (before, after))}
    assert list(made) == [GONE, KEPT, NEW, QUIET]
    kept, gone, new = made[KEPT], made[GONE], made[NEW]
    assert (kept.base, kept.head, kept.base_failures, kept.head_failures) == ("pass", "fail", 0, 2)
    assert (kept.grade, kept.message, kept.model, kept.name) == (Grade.FAIL, "said fail", UID, "unique_a_kept")
    assert (gone.base, gone.head, gone.grade, gone.message) == ("fail", None, Grade.PASS, "")
    assert (new.base, new.head, new.grade) == (None, "pass", Grade.PASS)


def test_a_test_that_should_have_run_at_head_and_did_not_is_an_error() -> None:
    """A test that dbt did not find, or did not get to, would pass for one that passed."""
    for before in (_results(quiet="pass"), _results(quiet="fail"), {}):
        tests = report.compare_tests(PLAN, BASE, HEAD, (before, _results(kept="pass", new="pass")))
        made = {test.unique_id: test for test in tests}
        assert made[QUIET].grade is Grade.ERROR
        assert made[QUIET].head is None
        assert made[QUIET].message == "dbt did not say what became of it"
        assert GONE not in made  # a removed test that did not run at base either is no news


@pytest.mark.parametrize(
    ("base", "head", "grade"),
    [
        ("success", "error", Grade.FAIL),
        (None, "error", Grade.FAIL),
        ("error", "error", Grade.WARN),
        ("error", "success", Grade.PASS),
        ("error", None, Grade.PASS),
        ("success", "success", None),
    ],
)
def test_hooks_that_fail_are_told_like_tests(base: str | None, head: str | None, grade: Grade | None) -> None:
    """dbt goes on after a hook that fails, and so would the merge."""
    uid = "operation.shop.shop-on-run-end-0"
    before, after = ({uid: NodeResult(uid, status, "no")} if status else {} for status in (base, head))
    made = report.compare_hooks((before, after))
    assert [(test.name, test.base, test.head, test.grade) for test in made] == (
        [("hook shop-on-run-end-0", base, head, grade)] if grade else []
    )


# --- the whole report --------------------------------------------------------------------------------------------


def test_a_report_holds_everything() -> None:
    """Parts of what was seen would not be published."""
    change = Change((NodeChange(UID, ChangeKind.MODIFIED),), ("model.shop.same",), (MetadataChange(UID, ("tags",)),))
    tests = report.compare_tests(PLAN, BASE, HEAD, ({}, _results(kept="pass", new="pass", quiet="pass")))
    made = report.assemble(RUN, change, [_seen(BUILT, VALUES)], tests, ["a notice"])
    assert (made.status, made.headline) == (Status.FAILURE, "gate closed: 1 of 1 affected model changed")
    assert [model.unique_id for model in made.models] == [UID]
    judged = tuple(replace(test, rule="standard: pass") for test in tests)
    assert (made.run, made.tests, made.notices, made.problem) == (RUN, judged, ("a notice",), None)
    assert (made.policy, made.models[0].rule) == ("standard (default)", "standard: changed")
    assert (made.same_sql, made.metadata) == (change.same_sql, change.metadata)


def test_named_checks_are_graded_and_close_the_gate() -> None:
    """An assertion that fails would be reported and waved through."""
    failing = NamedReport("assertion", "no orphans", (UID,), Finding("assertion", Outcome.CHANGED, "3 rows"))
    passing = NamedReport("query", "open orders", (UID,), Finding("query", Outcome.UNCHANGED, "equal"))
    made = report.assemble(RUN, Change(()), [], [], [], [failing, passing])
    assert [one.finding.grade for one in made.named] == [Grade.FAIL, Grade.PASS]
    assert made.status is Status.FAILURE
    assert "assertion" in made.headline


def test_proposed_keys_are_told() -> None:
    """The reader would have to find out which columns make a key, after the run has."""
    made = report.of_model(replace(_seen(BUILT), proposed_keys=(("id",), ("a", "b"))))
    assert made.proposed_keys == (("id",), ("a", "b"))


def test_nothing_affected_is_an_active_success() -> None:
    """A request without data models could not be merged by a gate that waits for a status."""
    made = report.assemble(RUN, Change(()), [], [], [])
    assert (made.status, made.headline) == (Status.SUCCESS, "no data models touched")


def test_what_is_proven_equal_is_in_the_headline() -> None:
    """A reviewer of a refactoring would read that it touches nothing, and not that it was proven to change nothing."""
    made = report.assemble(RUN, Change((), equivalent=("model.shop.a", "model.shop.b")), [], [], [])
    assert made.headline == "no data models touched; 2 changed models proven equal from the SQL"


def test_no_comparison_is_never_green() -> None:
    """A head that does not parse would be merged."""
    problem = Problem("head does not parse", "line 3", "Mend it.")
    made = report.without_comparison(RUN, problem, ["a notice"])
    assert (made.status, made.headline) == (Status.FAILURE, "gate closed: head does not parse")
    assert (made.models, made.problem, made.notices) == ((), problem, ("a notice",))


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["table", "view"], None),
        (["incremental"], "incremental models were built from scratch"),
        (["snapshot", "table"], "snapshots were built from scratch"),
        (["snapshot", "incremental"], "incremental models and snapshots were built from scratch"),
    ],
)
def test_a_cold_start_is_said(kinds: list[str], words: str | None) -> None:
    """A reader would believe that what the change does to existing rows was shown."""
    project = manifests.read(*(node(f"m{number}", config={"materialized": kind}) for number, kind in enumerate(kinds)))
    change = Change(tuple(NodeChange(uid, ChangeKind.MODIFIED) for uid in project.nodes))
    notices = report.notices(change, project, project)
    assert [notice.startswith(words or "") for notice in notices] == ([True] if words else [])
    removed = Change(tuple(NodeChange(uid, ChangeKind.REMOVED) for uid in project.nodes))
    assert report.notices(removed, project, manifests.read()) == notices


@pytest.mark.parametrize(
    ("findings", "outcome", "reason"),
    [
        ((), Outcome.SKIPPED, "its values were not compared, because `values` is switched off"),
        (
            (Finding("row_count", Outcome.UNCHANGED, "10 rows on both sides"),),
            Outcome.SKIPPED,
            "its values were not compared, because `values` is switched off",
        ),
        (
            (Finding("values", Outcome.SKIPPED, "the two sides share no column"),),
            Outcome.SKIPPED,
            "its values were not compared: the two sides share no column",
        ),
        ((Finding("values", Outcome.UNCHANGED, "all rows are equal"),), Outcome.UNCHANGED, None),
        ((Finding("row_count", Outcome.CHANGED, "10 rows before, 12 after"),), Outcome.CHANGED, None),
        ((Finding("row_count", Outcome.VACUOUS, "no rows on either side"),), Outcome.VACUOUS, None),
    ],
)
def test_a_model_whose_values_were_not_compared_is_not_called_unchanged(
    findings: tuple[Finding, ...], outcome: Outcome, reason: str | None
) -> None:
    """A model of which somebody switched a check off would get a green tick for what nobody looked at."""
    schema = Finding("schema", Outcome.UNCHANGED, "same columns, types and order")
    made = report.of_model(_seen(BUILT, schema, *findings))
    assert (made.outcome, made.reason) == (outcome, reason)


def test_a_model_of_one_side_is_not_called_skipped() -> None:
    """A model that a request adds would be told as one that was left out."""
    made = report.of_model(_seen(BUILT, kind=ChangeKind.ADDED, relations=(None, HERE)))
    assert (made.outcome, made.reason) == (Outcome.CHANGED, None)


@pytest.mark.parametrize("part", [{"sampled": 0.1}, {"scope": "where amount > 0"}])
def test_rows_are_those_of_the_whole_table_where_values_looked_at_a_part(part: dict[str, object]) -> None:
    """A table of 12 rows would be told to have the few that a sample, a window or a condition left."""
    values = Finding("values", Outcome.UNCHANGED, "", measures={"base": 2, "head": 2, "unchanged": 2, **part})
    made = report.of_model(_seen(BUILT, ROW_COUNT, values))
    assert made.rows == RowReport(base=10, head=12, unchanged=2)
    alone = report.of_model(_seen(BUILT, values))
    assert alone.rows == RowReport(base=2, head=2, unchanged=2)


def test_rows_are_those_of_values_where_only_the_count_is_of_a_part() -> None:
    """A condition on the count would hide how many rows were compared."""
    counted = replace(ROW_COUNT, measures={"base": 1, "head": 1, "scope": "where amount > 0"})
    made = report.of_model(_seen(BUILT, counted, VALUES))
    assert made.rows is not None
    assert (made.rows.base, made.rows.head) == (10, 12)


def test_what_several_checks_say_is_said_once() -> None:
    """The reason would be read four times, and the one that differs be overlooked."""
    spent = "not asked, because the run's budget of 1 statement is used up"
    findings = [Finding(check, Outcome.ERRORED, spent) for check in ("schema", "keys", "values")]
    made = report.of_model(_seen(BUILT, *findings, Finding("profile", Outcome.ERRORED, "out of memory")))
    assert made.reason == f"checks `schema`, `keys`, `values`: {spent}; profile: out of memory"


def test_what_fails_at_base_beside_the_request_is_named() -> None:
    """A reader would look for the fault in the models that read it, which have none."""
    project = manifests.read(node("a"), node("b"))
    results = {name: NodeResult(f"model.shop.{name}", "error", "Runtime Error\n  no file") for name in "ab"}
    found = {result.unique_id: result for result in results.values()}
    change = Change((NodeChange(UID, ChangeKind.MODIFIED),))
    words = "`b` fails at base, which this request does not change: Runtime Error no file"
    assert report.broken_beside(change, project, found) == (words,)
    assert report.broken_beside(change, project, {}) == ()
    many = manifests.read(*(node(f"n{number}") for number in range(9)))
    failed = {uid: NodeResult(uid, "error", "no") for uid in many.nodes}
    assert report.broken_beside(Change(()), many, failed)[5:] == ("and 4 more nodes fail there",)
