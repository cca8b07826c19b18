"""Whatever the policy, and whatever was found: an error is never green, and a stricter preset is never more lenient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import acceptance, report, verdict
from bot.core.declared import verify
from bot.core.judging import Judging
from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import (
    Acceptance,
    Bound,
    Change,
    ChangeKind,
    Declared,
    Effect,
    Event,
    Expectation,
    Finding,
    Grade,
    NamedReport,
    NodeChange,
    NodeResult,
    Noise,
    Outcome,
    Policy,
    Preset,
    RelationName,
    Report,
    RowLimits,
    RowUnit,
    Rule,
    Status,
    TestReport,
    Verified,
)
from tests.core import manifests
from tests.core.test_verdict import GRADES
from tests.render.reports import RUN

_NAMES = ("a", "b", "c")
_IDS = tuple(f"model.shop.{name}" for name in _NAMES)
_NODES = manifests.read(*(manifests.node(name) for name in _NAMES)).nodes
_CHECKS = ("schema", "row_count", "keys", "values", "profile", "tests", "build", "query", "assertion", "metric")
_RANKS = {Grade.PASS: 0, Grade.WARN: 1, Grade.FAIL: 2, Grade.ERROR: 3}
_STATUSES = {Status.SUCCESS: 0, Status.FAILURE: 1, Status.ERROR: 2}
_ROWS: Mapping[str, object] = {"base": 10, "head": 12, "added": 2, "removed": 0, "changed": 1, "unchanged": 9}

_RULES = st.builds(
    Rule,
    st.dictionaries(st.sampled_from(Event), st.sampled_from([Grade.PASS, Grade.WARN, Grade.FAIL]), min_size=1),
    st.just(".proofbot.yml:4"),
    models=st.one_of(st.none(), st.frozensets(st.sampled_from(_IDS))),
    checks=st.lists(st.sampled_from(_CHECKS), max_size=3).map(tuple),
    reason=st.sampled_from(["", "because"]),
)
_PASSING = st.builds(Rule, st.just(dict.fromkeys(Event, Grade.PASS)), st.just(".proofbot.yml:4"), checks=st.just(()))
_POLICIES = st.builds(
    Policy,
    st.sampled_from(Preset),
    st.sampled_from(["default", ".proofbot.yml:2"]),
    st.lists(st.one_of(_RULES, _PASSING), max_size=3).map(tuple),
)
_BY_CHECK = st.one_of(
    [
        st.builds(
            Finding,
            st.just(check),
            st.just(outcome),
            st.just(""),
            measures=st.just(measures),
            bound=st.sampled_from([Bound.NONE] * 4 + list(Bound)),
        )
        for check, outcome, measures, _ in [*GRADES, ("values", Outcome.CHANGED, _ROWS, None)]
    ]
)
_NOISE = st.one_of(
    st.none(),
    st.builds(Noise, columns=st.sampled_from([{}, {"x": "random()"}]), rows=st.booleans(), became=st.just({})),
    st.builds(Noise, became=st.just({"x": "random()"})),
)
_RELATION = st.sampled_from([RelationName("db", "main", "a"), RelationName("db", "main", "a"), None])
_LIMITS = st.one_of(
    st.none(), st.builds(RowLimits, st.just(Decimal(0)), st.just(Decimal(2)), st.sampled_from(RowUnit), st.just("x"))
)
_EXPECTATIONS = st.builds(
    Expectation,
    st.sampled_from(_NAMES),
    st.sampled_from(Effect),
    st.just("description:1"),
    rows=_LIMITS,
    columns_added=st.sampled_from([(), ("x",)]),
    condition=st.sampled_from([None, "x > 1"]),
)
_DECLARED = st.one_of(st.none(), st.dictionaries(st.sampled_from(_IDS), _EXPECTATIONS))
_RESULTS = st.sampled_from([None, "pass", "warn", "fail", "error", "runtime error", "skipped", "unheard of"])
_ACCEPTANCES = st.lists(st.builds(Acceptance, st.sampled_from([*_NAMES, "n", "all"]), st.just("me"), st.just("")))


@st.composite
def _seen(draw: st.DrawFn, unique_id: str) -> Seen:
    reason = draw(st.sampled_from([None, "dbt at head: x"]))
    change = NodeChange(unique_id, draw(st.sampled_from(ChangeKind)))
    standing = Standing(change, _NODES[unique_id], draw(_RELATION), draw(_RELATION), reason, draw(st.booleans()))
    findings = draw(st.lists(_BY_CHECK, max_size=4, unique_by=lambda one: one.check))
    return Seen(standing, tuple(findings), noise=draw(_NOISE), outside=draw(st.sampled_from([None, 0, 3, "no time"])))


@st.composite
def _tests(draw: st.DrawFn) -> TestReport:
    base, head = draw(_RESULTS), draw(_RESULTS)
    results = [None if status is None else NodeResult("t", status, failures=1) for status in (base, head)]
    model, is_hook = draw(st.sampled_from([None, *_IDS])), draw(st.booleans())
    (made,) = report.compare_hooks(({}, {"operation.t": NodeResult("operation.t", "error")}))
    found = replace(made, model=model, base=base, head=head, grade=verdict.grade_test(results[0], results[1]))
    return found if is_hook else replace(found, unique_id="test.shop.t")


_NAMED = st.builds(
    lambda finding, check, own: NamedReport(check, "n", _IDS[:1], replace(finding, check=check), is_declared=own),
    _BY_CHECK,
    st.sampled_from(["query", "assertion", "metric"]),
    st.booleans(),
)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Sequence[Seen], Sequence[TestReport], Sequence[NamedReport], Judging]:
    ids = draw(st.lists(st.sampled_from(_IDS), unique=True))
    return (
        [draw(_seen(unique_id)) for unique_id in ids],
        draw(st.lists(_tests(), max_size=3)),
        draw(st.lists(_NAMED, max_size=2)),
        Judging(draw(_POLICIES), draw(_DECLARED)),
    )


Case = tuple[Sequence[Seen], Sequence[TestReport], Sequence[NamedReport], Judging]


def _assembled(case: Case, policy: Policy | None = None) -> Report:
    seen, tests, named, judging = case
    judging = replace(judging, policy=policy or judging.policy)
    return report.assemble(RUN, Change(()), seen, tests, (), named, judging)


def _is_unknown(case: Case) -> bool:
    """Whether anything is not known, by what was seen and not by what anybody made of it."""
    seen, tests, named, judging = case
    findings = [*(finding for one in seen for finding in one.findings), *(one.finding for one in named)]
    return (
        any(one.outcome is Outcome.ERRORED for one in findings)
        or any(one.check == "build" and one.outcome is Outcome.SKIPPED for one in findings)
        or any(one.measures.get("silent") for one in findings if one.check == "tests")
        or any(not one.findings and not (one.standing.by_nature and one.standing.reason) for one in seen)
        or any(one.head not in (None, "pass", "success", "warn", "fail", "error", "runtime error") for one in tests)
        or any(one is not None and one.verified is Verified.UNKNOWN for one in _declared(seen, judging))
    )


def _declared(seen: Sequence[Seen], judging: Judging) -> list[Declared | None]:
    if judging.expectations is None:
        return []
    models = {one.standing.change.unique_id: report.of_model(one) for one in seen}
    return [
        verify(
            models[one.standing.change.unique_id], judging.expectations.get(one.standing.change.unique_id), one.outside
        )
        for one in seen
    ]


@settings(deadline=None, max_examples=300)
@given(_cases(), _ACCEPTANCES)
def test_no_policy_makes_an_error_green(case: Case, acceptances: list[Acceptance]) -> None:
    """Some combination of settings would merge what nobody could check."""
    made = _assembled(case)
    if _is_unknown(case):
        assert made.status is not Status.SUCCESS
        assert made.headline.startswith("gate closed")
    grades = {one.grade for one in made.models} | {one.grade for one in made.tests}
    if Grade.ERROR in grades | {one.finding.grade for one in made.named}:
        assert acceptance.apply(made, acceptances).status is Status.ERROR


@settings(deadline=None, max_examples=300)
@given(_cases())
def test_advisory_never_closes_the_gate_on_what_was_found(case: Case) -> None:
    """A team that only tries proofbot would find its merges blocked."""
    rules = tuple(rule for rule in case[3].policy.rules if Grade.FAIL not in rule.grades.values())
    made = _assembled(case, Policy(Preset.ADVISORY, rules=rules))
    if not _is_unknown(case):
        assert made.status is Status.SUCCESS
    if made.models or made.named:
        assert made.headline.startswith(("gate open (advisory): ", "gate closed (advisory): "))


@settings(deadline=None, max_examples=300)
@given(_cases())
def test_a_stricter_preset_is_never_more_lenient(case: Case) -> None:
    """A team that asks for more would get less."""
    rising = (Preset.ADVISORY, Preset.STANDARD, Preset.STRICT)
    policy = case[3].policy
    made = [_assembled(case, replace(policy, preset=preset)) for preset in rising]
    for milder, stricter in pairwise(made):
        assert _STATUSES[stricter.status] >= _STATUSES[milder.status]
        for one, other in zip(milder.models, stricter.models, strict=True):
            assert _RANKS[other.grade] >= _RANKS[one.grade]


@settings(deadline=None, max_examples=300)
@given(_cases())
def test_every_grade_names_its_rule(case: Case) -> None:
    """A reader would be told that something fails, and not by whose word."""
    made = _assembled(case)
    assert all(model.rule and all(finding.rule for finding in model.findings) for model in made.models)
    assert all(test.rule for test in made.tests)
    assert all(one.rule == one.finding.rule != "" for one in made.named)
    assert made.policy.startswith(case[3].policy.preset.value)
