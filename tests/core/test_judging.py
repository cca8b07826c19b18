"""Models as the policy judges them: what was declared, what is noise, what is gone; and the headline that tells it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core import report, verdict
from bot.core.judging import Judging
from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import (
    Bound,
    Change,
    ChangeKind,
    Declared,
    Effect,
    Event,
    Expectation,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    NodeChange,
    NodeResult,
    Noise,
    Outcome,
    Policy,
    Preset,
    RelationName,
    RowLimits,
    RowUnit,
    Rule,
    Status,
    Verified,
)
from tests.core import manifests
from tests.render.reports import RUN

PASS, WARN, FAIL, ERROR = Grade.PASS, Grade.WARN, Grade.FAIL, Grade.ERROR
UID = "model.shop.a"
HERE = RelationName("db", "main", "a")
NODE = manifests.read(manifests.node("a")).nodes[UID]
BUILT = Finding("build", Outcome.UNCHANGED, "builds on both sides", measures={"base": "success", "head": "success"})
SAME = Finding("schema", Outcome.UNCHANGED, "same columns", measures={"added": [], "removed": []})
COUNTED = Finding("row_count", Outcome.CHANGED, "fewer", measures={"base": 10, "head": 7})
LOST = Finding(
    "values",
    Outcome.CHANGED,
    "3 rows removed",
    measures={"base": 10, "head": 7, "added": 0, "removed": 3, "changed": 0, "unchanged": 7, "columns": {}},
)
EQUAL = Finding("values", Outcome.UNCHANGED, "equal", measures={**LOST.measures, "head": 10, "removed": 0})
CHANGED = (SAME, COUNTED, LOST, BUILT)
UNCHANGED = (SAME, EQUAL, BUILT)
STRICT, ADVISORY = Policy(Preset.STRICT, "here"), Policy(Preset.ADVISORY, "here")


def _expect(low: int, high: int, **more: object) -> dict[str, Expectation]:
    limits = RowLimits(Decimal(low), Decimal(high), RowUnit.DIFFERENCE, f"{low}..{high}")
    return {UID: replace(Expectation("a", Effect.CHANGED, "description:2", limits), **more)}  # type: ignore[arg-type]


def _model(
    *findings: Finding,
    expectations: dict[str, Expectation] | None = None,
    policy: Policy | None = None,
    kind: ChangeKind = ChangeKind.MODIFIED,
    noise: Noise | None = None,
) -> ModelReport:
    sides = {ChangeKind.ADDED: (None, HERE), ChangeKind.REMOVED: (HERE, None)}.get(kind, (HERE, HERE))
    standing = Standing(NodeChange(UID, kind), NODE, *sides)
    return report.of_model(Seen(standing, findings, noise=noise), Judging(policy or Policy(), expectations))


def _judged(made: ModelReport) -> tuple[Grade, str, Verified | None]:
    return made.grade, made.rule, made.declared.verified if made.declared else None


def test_what_changed_as_declared_opens_the_gate() -> None:
    """Whoever says what is meant to change would be stopped by it all the same."""
    for policy in (Policy(), STRICT):
        made = _model(*CHANGED, expectations=_expect(-3, -3), policy=policy)
        assert _judged(made) == (PASS, f"{policy.preset.value}: declared", Verified.AS_DECLARED)
        assert [finding.rule for finding in made.findings if finding.outcome is Outcome.CHANGED] == [
            f"{policy.preset.value}: declared"
        ] * 2
        assert made.outcome is Outcome.CHANGED


@pytest.mark.parametrize(
    ("findings", "expectations", "verified", "event"),
    [
        (CHANGED, _expect(-2, -1), Verified.OUTSIDE, Event.OUTSIDE),
        (UNCHANGED, _expect(-2, -1), Verified.ABSENT, Event.ABSENT),
        (CHANGED, _expect(-3, -3, rows=None, columns_added=()), Verified.NOT_DECLARED, Event.CHANGED),
        (CHANGED, {}, Verified.NOT_DECLARED, Event.CHANGED),
        (UNCHANGED, {}, None, None),
        (CHANGED, None, None, Event.CHANGED),
    ],
)
def test_what_is_not_as_declared_closes_the_gate(
    findings: tuple[Finding, ...],
    expectations: dict[str, Expectation] | None,
    verified: Verified | None,
    event: Event | None,
) -> None:
    """A declaration would be a way to say anything and have it waved through."""
    grade, rule, seen = _judged(_model(*findings, expectations=expectations))
    assert seen is verified
    assert (grade, rule) == ((FAIL, f"standard: {event.value}") if event else (PASS, "standard: unchanged"))
    advisory = _model(*findings, expectations=expectations, policy=ADVISORY)
    assert advisory.grade is (WARN if event else PASS)


def test_what_cannot_be_verified_is_an_error_under_every_policy() -> None:
    """A declaration would hold because nobody could check it."""
    expectations = _expect(-3, -3, condition="id > 1")
    for policy in (ADVISORY, Policy(), STRICT):
        assert _judged(_model(*CHANGED, expectations=expectations, policy=policy)) == (
            ERROR,
            "every policy: errored",
            Verified.UNKNOWN,
        )


@pytest.mark.parametrize(
    ("finding", "grade", "rule"),
    [
        (Finding("schema", Outcome.CHANGED, "", measures={"contract": {"x": {}}}), FAIL, "standard: failed"),
        (Finding("schema", Outcome.CHANGED, "", measures={"order_changed": True}), WARN, "standard: reordered"),
        (replace(COUNTED, bound=Bound.FAIL), FAIL, "standard: beyond"),
        (replace(COUNTED, bound=Bound.WARN), WARN, "thresholds: warn"),
        (Finding("keys", Outcome.CHANGED, "", measures={"head": {"duplicate_keys": 2}}), FAIL, "standard: failed"),
        (Finding("tests", Outcome.UNCHANGED, "", measures={"newly_failing": ["t"]}), FAIL, "standard: failed"),
    ],
)
def test_a_declaration_covers_data_and_columns_alone(finding: Finding, grade: Grade, rule: str) -> None:
    """A declared number of rows would let a broken contract, a repeated key or a failing test through."""
    others = [one for one in CHANGED if one.check != finding.check]
    made = _model(*others, finding, COUNTED, expectations=_expect(-3, -3))
    assert _judged(made) == (grade, rule, Verified.AS_DECLARED)


def test_a_model_that_the_thresholds_allow_needs_no_declaration() -> None:
    """Who declares one change would be stopped by the tables that grow every hour."""
    allowed = [replace(one, bound=Bound.WITHIN) if one in (COUNTED, LOST) else one for one in CHANGED]
    made = _model(*allowed, expectations={})
    assert _judged(made) == (PASS, "thresholds: within", Verified.NOT_DECLARED)


def test_a_removal_is_a_warning_until_it_is_declared() -> None:
    """A model would vanish unseen, or a declared removal be held up."""
    gone = Expectation("a", Effect.REMOVED, "description:1")
    assert _judged(_model(BUILT, kind=ChangeKind.REMOVED)) == (WARN, "standard: removed", None)
    assert _model(BUILT, kind=ChangeKind.REMOVED, policy=STRICT).grade is FAIL
    declared = _model(BUILT, kind=ChangeKind.REMOVED, policy=STRICT, expectations={UID: gone})
    assert _judged(declared) == (PASS, "strict: declared", Verified.AS_DECLARED)
    assert _judged(_model(BUILT, kind=ChangeKind.ADDED)) == (PASS, "standard: added", None)
    rule = Rule({Event.ADDED: FAIL}, ".proofbot.yml:4")
    assert _model(BUILT, kind=ChangeKind.ADDED, policy=Policy(rules=(rule,))).rule == ".proofbot.yml:4: added"


@pytest.mark.parametrize(
    ("findings", "noise", "outcome", "grade", "rule"),
    [
        (UNCHANGED, Noise(columns={"at": "now()"}), Outcome.NOISE, PASS, "standard: noise"),
        (UNCHANGED, Noise(tolerated={"sum": 1e-9}), Outcome.NOISE, PASS, "standard: noise"),
        (UNCHANGED, Noise(rows=True), Outcome.NOISE, WARN, "standard: unstable"),
        (UNCHANGED, Noise(), Outcome.UNCHANGED, PASS, "standard: unchanged"),
        (CHANGED, Noise(columns={"at": "now()"}), Outcome.CHANGED, FAIL, "standard: changed"),
        (UNCHANGED, Noise(became={"at": "random()"}), Outcome.UNCHANGED, FAIL, "standard: volatile"),
        (
            (SAME, replace(COUNTED, outcome=Outcome.NOISE), replace(LOST, outcome=Outcome.NOISE), BUILT),
            Noise(rows=True),
            Outcome.NOISE,
            WARN,
            "standard: unstable",
        ),
    ],
)
def test_noise_is_told_from_a_change(
    findings: tuple[Finding, ...], noise: Noise, outcome: Outcome, grade: Grade, rule: str
) -> None:
    """A timestamp would close the gate, or hide what the request changes beside it."""
    made = _model(*findings, noise=noise)
    assert (made.outcome, made.grade, made.rule) == (outcome, grade, rule)


def test_what_was_not_compared_can_be_made_to_close_the_gate() -> None:
    """A team could not forbid that somebody switches the comparison off."""
    made = _model(SAME, BUILT)
    assert (made.outcome, made.grade, made.rule) == (Outcome.SKIPPED, PASS, "standard: skipped")
    rule = Rule({Event.SKIPPED: FAIL}, ".proofbot.yml:9")
    assert _model(SAME, BUILT, policy=Policy(rules=(rule,))).grade is FAIL
    ephemeral = Standing(NodeChange(UID, ChangeKind.MODIFIED), NODE, None, None, "ephemeral", by_nature=True)
    nothing = Finding("schema", Outcome.SKIPPED, "ephemeral")
    assert report.of_model(Seen(ephemeral, (nothing,)), Judging(Policy(rules=(rule,)))).grade is PASS


def test_a_model_without_findings_is_never_green() -> None:
    """A model that should have been checked and was not would be merged unseen."""
    for reason in (None, "dbt at head: x"):
        standing = Standing(NodeChange(UID, ChangeKind.MODIFIED), NODE, HERE, HERE, reason)
        made = report.of_model(Seen(standing, ()), Judging(ADVISORY))
        assert (made.outcome, made.grade, made.rule) == (Outcome.ERRORED, ERROR, "every policy: errored")


def test_what_the_author_adds_to_show_closes_nothing_and_what_fails_does() -> None:
    """A query that shows what is meant to change would stop its author; or an assertion that fails not."""
    shown = NamedReport("query", "totals", (), Finding("query", Outcome.CHANGED, "3 rows"), is_declared=True)
    failing = Finding("assertion", Outcome.CHANGED, "3 rows", bound=Bound.FAIL)
    asserted = NamedReport("assertion", "none", (), failing, is_declared=True)
    made = report.assemble(RUN, Change(()), (), (), (), [shown, replace(shown, is_declared=False), asserted])
    assert [(one.finding.grade, one.rule) for one in made.named] == [
        (PASS, "standard: declared"),
        (FAIL, "standard: changed"),
        (FAIL, "standard: failed"),
    ]


def test_a_declaration_about_other_models_that_is_not_met_closes_the_gate() -> None:
    """An author would believe to have changed what the request does not touch."""
    made = report.assemble(RUN, Change(()), (), (), ())
    found = [("b", Declared(Verified.ABSENT)), ("c", Declared(Verified.AS_DECLARED)), ("d", Declared(Verified.UNKNOWN))]
    closed = report.with_unmet(made, found, Judging())
    assert [(one.models, one.grade, one.rule) for one in closed.unmet] == [
        ("b", FAIL, "standard: absent"),
        ("c", PASS, "standard: declared"),
        ("d", ERROR, "every policy: errored"),
    ]
    assert (closed.status, closed.headline) == (Status.ERROR, "gate closed: 2 declarations about other models not met")
    assert report.with_unmet(made, found[:2], Judging(ADVISORY)).status is Status.SUCCESS


def test_the_policy_is_named_and_said_in_the_headline() -> None:
    """A reader of an open gate would not know that it can't be closed."""
    seen = [Seen(Standing(NodeChange(UID, ChangeKind.MODIFIED), NODE, HERE, HERE), CHANGED)]
    made = report.assemble(RUN, Change(()), seen, (), (), (), Judging(Policy(Preset.ADVISORY)))
    assert made.policy == "advisory (default: there is no .proofbot.yml)"
    assert (made.status, made.headline) == (
        Status.SUCCESS,
        "gate open (advisory): 1 of 1 affected model changed",
    )
    assert report.concluded(made) == made


def _as(verified: Verified, outcome: Outcome = Outcome.CHANGED) -> ModelReport:
    return replace(_model(*CHANGED), outcome=outcome, declared=Declared(verified))


QUIET, NOISY = _model(*UNCHANGED), _model(*UNCHANGED, noise=Noise(columns={"at": ""}))
VOLATILE = _model(*UNCHANGED, noise=Noise(became={"at": ""}))
PLAIN = _model(*CHANGED)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ([_as(Verified.AS_DECLARED)] * 3 + [QUIET], "3 of 4 affected models changed as declared; 1 unchanged"),
        (
            [_as(Verified.AS_DECLARED), _as(Verified.NOT_DECLARED)],
            "1 of 2 affected models changed undeclared; 1 changed",
        ),
        (
            [_as(Verified.OUTSIDE), _as(Verified.AS_DECLARED)],
            "1 of 2 affected models outside what was declared; 1 changed as declared",
        ),
        ([_as(Verified.ABSENT, Outcome.UNCHANGED)], "1 of 1 affected model declared but absent; 1 affected model"),
        ([_as(Verified.UNKNOWN)], "1 of 1 affected model declared, and could not be verified"),
        ([PLAIN, NOISY, NOISY], "1 of 3 affected models changed; 2 vary by themselves"),
        ([NOISY, QUIET], "1 varies by itself; 1 unchanged"),
        ([VOLATILE], "1 made to vary by itself; 1 affected model unchanged"),
    ],
)
def test_the_headline_tells_noise_and_declarations_apart(models: list[ModelReport], words: str) -> None:
    """The first line would count as a change what was declared, or what varies by itself."""
    _, headline = verdict.conclude(models, [])
    assert headline.partition(": ")[2].startswith(words), headline


def test_what_the_policy_lets_through_is_in_the_headline_all_the_same() -> None:
    """An open gate would be silent on tests that fail and thresholds that are passed."""
    tests = report.compare_hooks(({}, {"operation.t": NodeResult("operation.t", "error")}))
    slow = replace(BUILT, bound=Bound.FAIL)
    seen = [Seen(Standing(NodeChange(UID, ChangeKind.MODIFIED), NODE, HERE, HERE), (SAME, EQUAL, slow))]
    made = report.assemble(RUN, Change(()), seen, tests, (), (), Judging(ADVISORY))
    words = "1 model beyond its thresholds; 1 dbt test newly fails; 1 affected model unchanged"
    assert (made.status, made.headline) == (Status.SUCCESS, f"gate open (advisory): {words}")
