"""What the policy makes of what was seen. It fails closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot import domain
from bot.core import report, verdict
from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import (
    Bound,
    ChangeKind,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    NodeChange,
    NodeResult,
    Outcome,
    RelationName,
    Status,
)
from tests.core import manifests

PASS, WARN, FAIL, ERROR = Grade.PASS, Grade.WARN, Grade.FAIL, Grade.ERROR
SAME, MORE, NOTHING, NOT_DONE, BROKEN = (
    Outcome.UNCHANGED,
    Outcome.CHANGED,
    Outcome.VACUOUS,
    Outcome.SKIPPED,
    Outcome.ERRORED,
)


def _facts(nulls: int = 0, keys: int = 0, rows: int = 0) -> dict[str, int]:
    return {"null_rows": nulls, "duplicate_keys": keys, "duplicate_rows": rows}


def _tests(**names: list[str]) -> dict[str, object]:
    return {"newly_failing": [], "failed_before": [], "warning": [], "silent": [], "mended": [], "passed": 3, **names}


RETYPED = {"x": {"base": "INT", "head": "TEXT"}}
GRADES: list[tuple[str, Outcome, Mapping[str, object], Grade]] = [
    # whatever the check, what could not be checked closes the gate, and what showed nothing is a warning
    *[(check, BROKEN, {}, ERROR) for check in ("schema", "row_count", "keys", "values", "unheard of")],
    *[(check, NOTHING, {}, WARN) for check in ("schema", "row_count", "keys", "values", "unheard of")],
    ("values", NOT_DONE, {"base": None, "compared": []}, WARN),
    ("values", SAME, {"base": 1, "head": 1, "incomparable": ["state"]}, WARN),
    ("values", SAME, {"base": 1, "head": 1, "incomparable": []}, PASS),
    ("schema", SAME, {"added": [], "removed": [], "type_changed": {}, "order_changed": False}, PASS),
    ("schema", MORE, {"added": ["x"], "removed": [], "type_changed": {}, "order_changed": False}, PASS),
    ("schema", MORE, {"added": [], "removed": ["x"], "type_changed": {}, "order_changed": False}, FAIL),
    (
        "schema",
        MORE,
        {"added": [], "removed": [], "type_changed": RETYPED, "order_changed": False},
        FAIL,
    ),
    ("schema", MORE, {"added": [], "removed": [], "type_changed": {}, "order_changed": True}, WARN),
    ("schema", MORE, {"added": ["y"], "removed": ["x"], "type_changed": {}, "order_changed": True}, FAIL),
    ("schema", MORE, {"added": [], "removed": [], "type_changed": {}, "contract": {"x": {}}}, FAIL),
    *[(check, MORE, {}, PASS) for check in ("profile", "top_k", "histogram")],
    *[(check, MORE, {}, FAIL) for check in ("query", "assertion", "metric", "unheard of")],
    # what shows less than it seems to is a warning
    ("values", SAME, {"sampled": 0.1}, WARN),
    ("values", MORE, {"sampled": 0.1}, FAIL),
    ("profile", SAME, {"sampled": 0.1}, WARN),
    ("values", SAME, {"sampled": None}, PASS),
    ("values", SAME, {"misfits": [{"name": "x", "grade": "warn"}]}, WARN),
    ("values", SAME, {"misfits": [{"name": "x", "grade": "pass"}]}, PASS),
    ("row_count", SAME, {"base": 3, "head": 3}, PASS),
    ("row_count", MORE, {"base": 3, "head": 4}, FAIL),
    ("row_count", MORE, {"base": None, "head": 4}, PASS),
    ("row_count", MORE, {"base": 4, "head": None}, PASS),
    ("values", SAME, {"base": 3, "head": 3}, PASS),
    ("values", MORE, {"base": 3, "head": 3, "changed": 1}, FAIL),
    ("keys", SAME, {"base": _facts(), "head": _facts()}, PASS),
    ("keys", SAME, {"base": _facts(1, 2, 4), "head": _facts(1, 2, 4)}, WARN),
    ("keys", MORE, {"base": _facts(2), "head": _facts(1)}, WARN),
    ("keys", MORE, {"base": _facts(1), "head": _facts()}, PASS),
    ("keys", MORE, {"base": _facts(1), "head": _facts(2)}, FAIL),
    ("keys", MORE, {"base": _facts(), "head": _facts(0, 1, 2)}, FAIL),
    ("keys", MORE, {"base": _facts(0, 2, 9), "head": _facts(0, 3, 6)}, FAIL),
    ("keys", MORE, {"base": _facts(5), "head": _facts(0, 1, 2)}, FAIL),
    ("keys", MORE, {"base": None, "head": _facts(1)}, FAIL),
    ("keys", SAME, {"base": None, "head": _facts()}, PASS),
    ("keys", NOT_DONE, {}, PASS),
    ("build", SAME, {"base": "success", "head": "success"}, PASS),
    ("build", MORE, {"base": "error", "head": "success"}, WARN),
    ("build", NOT_DONE, {"base": "success", "head": "skipped"}, ERROR),
    ("build", NOT_DONE, {"base": "success", "head": None}, ERROR),
    ("tests", SAME, _tests(), PASS),
    ("tests", SAME, _tests(mended=["t"]), PASS),
    ("tests", SAME, _tests(failed_before=["t"]), WARN),
    ("tests", SAME, _tests(warning=["t"]), WARN),
    ("tests", SAME, _tests(newly_failing=["t"], failed_before=["u"]), FAIL),
    ("tests", NOT_DONE, _tests(silent=["t"]), ERROR),
    ("tests", NOT_DONE, _tests(), PASS),
    ("build", BROKEN, {"base": "success", "head": "error"}, FAIL),
    ("build", BROKEN, {"base": None, "head": "error"}, FAIL),
    ("build", BROKEN, {"base": "error", "head": "error"}, ERROR),
    ("build", BROKEN, {"base": "skipped", "head": "error"}, ERROR),
]


@pytest.mark.parametrize(("check", "outcome", "measures", "expected"), GRADES)
def test_findings_are_graded(check: str, outcome: Outcome, measures: Mapping[str, object], expected: Grade) -> None:
    """The gate would be open to a change of data, or closed to a harmless request."""
    finding = Finding(check, outcome, "words", measures=measures)
    assert finding.grade is ERROR
    graded = verdict.grade(finding)
    assert graded.grade is expected
    assert (graded.check, graded.outcome, graded.message, graded.measures) == (check, outcome, "words", measures)


@pytest.mark.parametrize(
    ("check", "outcome", "measures", "bound", "expected"),
    [
        ("values", MORE, {}, Bound.WITHIN, PASS),
        ("values", MORE, {}, Bound.WARN, WARN),
        ("values", MORE, {}, Bound.FAIL, FAIL),
        ("values", SAME, {}, Bound.FAIL, FAIL),
        ("profile", MORE, {}, Bound.FAIL, FAIL),
        ("schema", MORE, {"removed": ["x"]}, Bound.WITHIN, PASS),
        ("keys", MORE, {"base": _facts(), "head": _facts(1)}, Bound.WITHIN, PASS),
        ("build", SAME, {"base": "success", "head": "success"}, Bound.WARN, WARN),
        # what thresholds have no say in
        ("values", SAME, {"incomparable": ["x"]}, Bound.WITHIN, WARN),
        ("values", SAME, {"sampled": 0.5}, Bound.WITHIN, WARN),
        ("values", MORE, {"sampled": 0.5}, Bound.WITHIN, PASS),
        ("row_count", NOTHING, {}, Bound.WITHIN, WARN),
        ("values", BROKEN, {}, Bound.WITHIN, ERROR),
        ("build", BROKEN, {"base": "success"}, Bound.WITHIN, FAIL),
    ],
)
def test_thresholds_decide_what_they_are_about(
    check: str, outcome: Outcome, measures: Mapping[str, object], bound: Bound, expected: Grade
) -> None:
    """A change that the team allows would close the gate; or a threshold open it for what was not shown."""
    assert verdict.grade(Finding(check, outcome, "words", measures=measures, bound=bound)).grade is expected


def _result(status: str | None, failures: int | None = None) -> NodeResult | None:
    return None if status is None else NodeResult("test.shop.t", status, failures=failures)


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (("pass", 0), ("pass", 0), PASS),
        ((None, None), ("pass", 0), PASS),
        (("fail", 3), ("pass", 0), PASS),
        (("error", None), ("pass", 0), PASS),
        (("pass", 0), (None, None), PASS),
        (("fail", 3), (None, None), PASS),
        (("pass", 0), ("warn", 2), WARN),
        (("warn", 2), ("warn", 2), WARN),
        (("pass", 0), ("fail", 1), FAIL),
        ((None, None), ("fail", 1), FAIL),
        (("warn", 1), ("fail", 1), FAIL),
        (("fail", 3), ("fail", 3), WARN),
        (("fail", 3), ("fail", 2), WARN),
        (("fail", 3), ("fail", 4), FAIL),
        (("pass", 0), ("error", None), FAIL),
        ((None, None), ("error", None), FAIL),
        (("error", None), ("error", None), WARN),
        (("error", None), ("runtime error", None), WARN),
        (("fail", 3), ("error", None), FAIL),
        (("error", None), ("fail", 3), FAIL),
        (("error", None), ("fail", None), FAIL),
        (("skipped", None), ("fail", 3), FAIL),
        (("pass", 0), ("skipped", None), ERROR),
        (("skipped", None), ("skipped", None), ERROR),
        (("pass", 0), ("unheard of", None), ERROR),
    ],
)
def test_dbt_tests_are_graded_by_both_sides(
    base: tuple[str | None, int | None], head: tuple[str | None, int | None], expected: Grade
) -> None:
    """A test that the request breaks would pass; or one that was broken before would stop every request."""
    assert verdict.grade_test(_result(*base), _result(*head)) is expected


def test_the_worst_wins() -> None:
    """One failing model among many good ones would be outvoted."""
    assert verdict.worst([PASS, FAIL, WARN]) is FAIL
    assert verdict.worst([FAIL, ERROR, PASS]) is ERROR
    assert verdict.worst([PASS, WARN]) is WARN
    assert verdict.worst([]) is PASS


def test_the_gravest_outcome_speaks_for_the_model() -> None:
    """A model with one changed column would be called unchanged."""
    rising = [Outcome.EQUIVALENT, NOT_DONE, SAME, Outcome.NOISE, NOTHING, MORE, BROKEN]
    for number, outcome in enumerate(rising):
        assert verdict.gravest(rising[: number + 1]) is outcome
        assert verdict.gravest(reversed(rising[: number + 1])) is outcome
    assert verdict.gravest([]) is NOT_DONE
    assert set(rising) == set(Outcome)


@pytest.mark.parametrize(("status", "code"), [(Status.SUCCESS, 0), (Status.FAILURE, 1), (Status.ERROR, 1)])
def test_only_a_success_opens_the_gate(status: Status, code: int) -> None:
    """CI would merge what failed."""
    assert verdict.exit_code(status) == code


# --- the headline ------------------------------------------------------------------------------------------------


def _model(outcome: Outcome, grade: Grade = PASS, kind: ChangeKind = ChangeKind.MODIFIED) -> ModelReport:
    return ModelReport(
        "model.shop.a", "a", "model", "shop", "a.sql", "table", NodeChange("model.shop.a", kind), outcome, grade
    )


def _test(grade: Grade) -> domain.TestReport:
    return domain.TestReport("test.shop.t", "t", "model.shop.a", "pass", "fail", 0, 1, grade)


GOOD, CHANGED = _model(SAME), _model(MORE, FAIL)
ADDED, REMOVED = _model(MORE, PASS, ChangeKind.ADDED), _model(MORE, WARN, ChangeKind.REMOVED)
BAD_ADDED = _model(MORE, FAIL, ChangeKind.ADDED)
EMPTY, BY_NATURE = _model(NOTHING, WARN), _model(NOT_DONE)
EVERYTHING = (
    "gate closed: 1 model failed or could not be compared; 1 of 7 affected models changed; 1 model not checked; "
    "1 dbt test newly fails; 1 added; 1 removed; 1 without rows, so not verified; 1 unchanged"
)
FAILED, UNCHECKED = _model(BROKEN, FAIL), _model(NOT_DONE, ERROR)


@pytest.mark.parametrize(
    ("models", "tests", "status", "headline"),
    [
        ([], [], Status.SUCCESS, "no data models touched"),
        ([GOOD], [], Status.SUCCESS, "gate open: 1 affected model unchanged"),
        ([GOOD] * 2, [], Status.SUCCESS, "gate open: all 2 affected models unchanged"),
        ([_model(Outcome.EQUIVALENT)], [], Status.SUCCESS, "gate open: 1 affected model unchanged"),
        ([GOOD] * 1234, [], Status.SUCCESS, "gate open: all 1,234 affected models unchanged"),
        ([CHANGED], [], Status.FAILURE, "gate closed: 1 of 1 affected model changed"),
        ([CHANGED, GOOD], [], Status.FAILURE, "gate closed: 1 of 2 affected models changed; 1 unchanged"),
        ([CHANGED, CHANGED], [], Status.FAILURE, "gate closed: 2 of 2 affected models changed"),
        ([ADDED], [], Status.SUCCESS, "gate open: 1 added"),
        ([BAD_ADDED, ADDED], [], Status.FAILURE, "gate closed: 2 added, 1 of them with failing checks"),
        ([ADDED, REMOVED, GOOD], [], Status.SUCCESS, "gate open: 1 added; 1 removed; 1 unchanged"),
        ([EMPTY], [], Status.SUCCESS, "gate open: 1 without rows, so not verified"),
        ([EMPTY, GOOD], [], Status.SUCCESS, "gate open: 1 without rows, so not verified; 1 unchanged"),
        ([BY_NATURE], [], Status.SUCCESS, "gate open: 1 affected model, none with data of its own"),
        ([BY_NATURE] * 2, [], Status.SUCCESS, "gate open: 2 affected models, none with data of its own"),
        ([FAILED], [], Status.FAILURE, "gate closed: 1 model failed or could not be compared"),
        ([FAILED] * 2, [], Status.FAILURE, "gate closed: 2 models failed or could not be compared"),
        ([UNCHECKED], [], Status.ERROR, "gate closed: 1 model not checked"),
        ([UNCHECKED] * 2, [], Status.ERROR, "gate closed: 2 models not checked"),
        ([GOOD], [_test(PASS), _test(WARN)], Status.SUCCESS, "gate open: 1 affected model unchanged"),
        ([GOOD], [_test(FAIL)], Status.FAILURE, "gate closed: 1 dbt test newly fails; 1 affected model unchanged"),
        ([GOOD], [_test(FAIL)] * 2, Status.FAILURE, "gate closed: 2 dbt tests newly fail; 1 affected model unchanged"),
        ([GOOD], [_test(ERROR)], Status.ERROR, "gate closed: 1 dbt test without a result; 1 affected model unchanged"),
        (
            [GOOD],
            [_test(ERROR)] * 2,
            Status.ERROR,
            "gate closed: 2 dbt tests without a result; 1 affected model unchanged",
        ),
        (
            [FAILED, CHANGED, UNCHECKED, ADDED, REMOVED, EMPTY, GOOD],
            [_test(FAIL)],
            Status.ERROR,
            EVERYTHING,
        ),
    ],
)
def test_the_headline_says_what_was_found(
    models: list[ModelReport], tests: list[domain.TestReport], status: Status, headline: str
) -> None:
    """The first line of the comment, the only one that many read, would be wrong or bad English."""
    assert verdict.conclude(models, tests) == (status, headline)


def _named(check: str, outcome: Outcome) -> NamedReport:
    return NamedReport(check, "n", (), verdict.grade(Finding(check, outcome, "")))


@pytest.mark.parametrize(
    ("models", "named", "status", "headline"),
    [
        ([], [("query", SAME)], Status.SUCCESS, "gate open: no data models touched; 1 query as before"),
        ([], [("query", SAME)] * 2, Status.SUCCESS, "gate open: no data models touched; 2 queries as before"),
        (
            [],
            [("query", SAME), ("metric", SAME)],
            Status.SUCCESS,
            "gate open: no data models touched; 2 checks as before",
        ),
        ([GOOD], [("metric", SAME)], Status.SUCCESS, "gate open: 1 affected model unchanged"),
        ([GOOD], [("metric", MORE)] * 2, Status.FAILURE, "gate closed: 1 affected model unchanged; 2 metrics changed"),
        ([BY_NATURE], [("assertion", MORE)], Status.FAILURE, "gate closed: 1 assertion fails"),
        ([], [("assertion", MORE)] * 2, Status.FAILURE, "gate closed: 2 assertions fail"),
        (
            [],
            [("query", BROKEN), ("query", MORE), ("assertion", BROKEN), ("assertion", BROKEN)],
            Status.ERROR,
            "gate closed: 1 query could not be asked; 1 query changed; 2 assertions could not be asked",
        ),
    ],
)
def test_the_headline_tells_of_named_checks(
    models: list[ModelReport], named: list[tuple[str, Outcome]], status: Status, headline: str
) -> None:
    """A metric that moved would close the gate, or not, and nobody be told."""
    assert verdict.conclude(models, [], [_named(*one) for one in named]) == (status, headline)


def test_the_headline_tells_assertions_that_fail_from_those_that_do_not() -> None:
    """The first line would say that an assertion fails which allows its rows, or only warns; and the gate is open."""
    found = [verdict.grade(Finding("assertion", MORE, "", bound=bound)) for bound in (Bound.WITHIN, Bound.WARN)]
    named = [NamedReport("assertion", "n", (), finding) for finding in found]
    assert verdict.conclude([GOOD], [], named[:1]) == (Status.SUCCESS, "gate open: 1 affected model unchanged")
    expected = "gate open: 1 affected model unchanged; 1 assertion warns"
    assert verdict.conclude([GOOD], [], named) == (Status.SUCCESS, expected)
    assert verdict.conclude([GOOD], [], [*named, named[1]])[1].endswith("; 2 assertions warn")


def test_the_headline_tells_of_thresholds_that_are_not_about_data() -> None:
    """The gate would be closed with the word that all is unchanged."""
    slow = verdict.grade(Finding("build", SAME, "", bound=Bound.FAIL))
    model = replace(GOOD, grade=FAIL, findings=(slow,))
    assert verdict.conclude([model], []) == (
        Status.FAILURE,
        "gate closed: 1 model beyond its thresholds; 1 affected model unchanged",
    )
    assert verdict.conclude([replace(CHANGED, findings=(slow,))], [])[1] == "gate closed: 1 of 1 affected model changed"


# --- whatever the combination, an error is never a pass -----------------------------------------------------------

_RELATION = RelationName("db", "main", "a")
_NODE = manifests.read(manifests.node("a")).nodes["model.shop.a"]
_FINDINGS = st.one_of(
    [
        st.builds(Finding, st.just(check), st.just(outcome), st.just(""), measures=st.just(measures))
        for check, outcome, measures, _ in GRADES
    ]
)
_STANDINGS = st.builds(
    Standing,
    st.builds(NodeChange, st.just("model.shop.a"), st.sampled_from(ChangeKind)),
    st.just(_NODE),
    st.sampled_from([_RELATION, None]),
    st.sampled_from([_RELATION, None]),
    st.sampled_from([None, "ephemeral at base, so there is nothing to compare with", "dbt at head: x"]),
    st.booleans(),
)
_SEEN = st.builds(Seen, _STANDINGS, st.lists(_FINDINGS, max_size=5).map(tuple))
_RESULTS = st.builds(
    _result,
    st.sampled_from([None, "pass", "warn", "fail", "error", "runtime error", "skipped", "unheard of"]),
    st.sampled_from([None, 0, 1, 5]),
)


def _is_bad(finding: Finding) -> bool:
    return (
        finding.outcome is BROKEN
        or (finding.check == "build" and finding.outcome is NOT_DONE)
        or bool(finding.measures.get("newly_failing") or finding.measures.get("silent"))
    )


@settings(deadline=None)
@given(st.lists(_SEEN, max_size=4), st.lists(st.tuples(_RESULTS, _RESULTS), max_size=4))
def test_an_error_is_never_a_pass(seen: list[Seen], results: list[tuple[NodeResult | None, NodeResult | None]]) -> None:
    """Somewhere among good news, a broken check, model or test would be lost, and the request be merged."""
    models = [report.of_model(one) for one in seen]
    tests = [_test(verdict.grade_test(*both)) for both in results]
    status, headline = verdict.conclude(models, tests)
    bad = any(_is_bad(finding) for one in seen for finding in one.findings)
    silent = any(not one.findings and not (one.standing.reason and one.standing.by_nature) for one in seen)
    broken = any(test.grade in (FAIL, ERROR) for test in tests)
    if bad or silent or broken:
        assert status is not Status.SUCCESS
        assert verdict.exit_code(status) == 1
    if models:
        assert headline.startswith("gate open: " if status is Status.SUCCESS else "gate closed: ")


@settings(deadline=None)
@given(_SEEN, st.lists(_FINDINGS, min_size=1, max_size=3))
def test_more_findings_never_make_it_better(seen: Seen, more: list[Finding]) -> None:
    """A bad finding would be outweighed by others."""
    ranks = [PASS, WARN, FAIL, ERROR]
    assume(seen.findings or (seen.standing.reason is not None and seen.standing.by_nature))
    before = report.of_model(seen)
    after = report.of_model(Seen(seen.standing, (*seen.findings, *more)))
    assert ranks.index(after.grade) >= ranks.index(before.grade)


def _found(model: ModelReport, finding: Finding, reason: str | None = None) -> ModelReport:
    return replace(model, findings=(verdict.grade(finding),), reason=reason)


SAMPLED = _found(_model(SAME, WARN), Finding("values", SAME, "all 9 rows are equal", measures={"sampled": 0.1}))
SWITCHED_OFF = _found(_model(NOT_DONE), Finding("schema", NOT_DONE, "every check is switched off"))
VALUES_OFF = _found(_model(NOT_DONE), Finding("schema", SAME, "same columns"), "its values were not compared")
EPHEMERAL = _found(_model(NOT_DONE), Finding("schema", NOT_DONE, "ephemeral"), "ephemeral")


@pytest.mark.parametrize(
    ("models", "headline"),
    [
        ([SAMPLED], "gate open: 1 affected model unchanged in a sample"),
        ([SAMPLED] * 2, "gate open: all 2 affected models unchanged in a sample"),
        ([SAMPLED, GOOD], "gate open: 1 unchanged; 1 unchanged in a sample"),
        ([SWITCHED_OFF], "gate open: 1 model not compared"),
        ([SWITCHED_OFF, VALUES_OFF], "gate open: 2 models not compared"),
        ([SWITCHED_OFF, GOOD], "gate open: 1 model not compared; 1 unchanged"),
        ([EPHEMERAL], "gate open: 1 affected model, none with data of its own"),
    ],
)
def test_the_headline_claims_no_more_than_was_looked_at(models: list[ModelReport], headline: str) -> None:
    """A reader would take for proven what was looked at in part, or not at all."""
    assert verdict.conclude(models, []) == (Status.SUCCESS, headline)


def test_an_assertion_that_was_accepted_does_not_warn() -> None:
    """The verdict would count it twice: as a warning, and as accepted."""
    one = NamedReport("assertion", "no orphans", (), Finding("assertion", MORE, "42 rows", WARN))
    accepted = domain.Acceptance("no orphans", "octocat", "known")
    assert verdict.conclude((), (), (one,))[1] == "gate open: 1 assertion warns"
    assert verdict.conclude((), (), (replace(one, accepted=accepted),))[1] == "gate open: 1 assertion found rows"
