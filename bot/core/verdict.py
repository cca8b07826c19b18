"""What the policy makes of what was seen: grades with the rules that decided them, a status, a headline.

Fails closed: whatever could not be checked closes the gate under every policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core import events, headline
from bot.core import policy as policies
from bot.core.events import Meaning
from bot.domain import (
    Bound,
    Event,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    NodeResult,
    Outcome,
    Policy,
    Status,
    TestReport,
    Unmet,
)

_GRADES = (Grade.PASS, Grade.WARN, Grade.FAIL, Grade.ERROR)
_OUTCOMES = (
    Outcome.EQUIVALENT,
    Outcome.SKIPPED,
    Outcome.UNCHANGED,
    Outcome.NOISE,
    Outcome.VACUOUS,
    Outcome.CHANGED,
    Outcome.ERRORED,
)
_STANDARD = Policy()
FAILING = frozenset({"fail", "error", "runtime error"})

Judgement = tuple[Grade, str]
"""A grade, and the rule that decided it."""


def worst(grades: Iterable[Grade]) -> Grade:
    """The worst of some grades; pass where there is none."""
    return max(grades, key=_GRADES.index, default=Grade.PASS)


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that says most: errored over changed over vacuous over unchanged; skipped where there is none."""
    return max(outcomes, key=_OUTCOMES.index, default=Outcome.SKIPPED)


def decisive(judgements: Iterable[Judgement]) -> Judgement:
    """The first of the worst of some judgements; pass by no rule where there is none."""
    return max(judgements, key=lambda one: _GRADES.index(one[0]), default=(Grade.PASS, ""))


def grade(
    finding: Finding, policy: Policy = _STANDARD, unique_id: str | None = None, *, is_declared: bool = False
) -> Finding:
    """The finding with its grade, and the rule that decided it.

    Args:
        unique_id: the model that it is about; None where it is about none.
        is_declared: see `events.of_finding`.
    """
    if finding.outcome is Outcome.ERRORED:
        return replace(finding, grade=_grade_error(finding), rule=policies.ERRORED)
    found = [*judge(events.of_finding(finding, is_declared=is_declared), policy, unique_id, finding.check)]
    if finding.bound is Bound.WARN:
        found.append((Grade.WARN, "thresholds: warn"))
    elif finding.bound is Bound.WITHIN:
        found.append((Grade.PASS, "thresholds: within"))
    decided, rule = decisive(found or [(Grade.PASS, f"{policy.preset.value}: {finding.outcome.value}")])
    return replace(finding, grade=decided, rule=rule)


def judge(meanings: Iterable[Meaning], policy: Policy, unique_id: str | None, check: str = "") -> list[Judgement]:
    """What the policy makes of events; see `policy.judge`."""
    return [policies.judge(policy, event, standard, unique_id=unique_id, check=check) for event, standard in meanings]


def grade_test(base: NodeResult | None, head: NodeResult | None) -> Grade:
    """What a dbt test means under the preset `standard`, by its results on both sides: None where it does not exist.

    One that fails as it failed before is a warning. One that ran into an error at head and merely failed at base is as
    good as new, and so is one that fails with more rows. One that dbt did not carry out has shown nothing.
    """
    if head is None:
        return Grade.PASS
    if head.status in FAILING:
        as_before = base is not None and base.status in FAILING and (base.status == "fail") is (head.status == "fail")
        more = base is not None and (head.failures or 0) > (base.failures or 0)
        return Grade.WARN if as_before and not more else Grade.FAIL
    return {"pass": Grade.PASS, "success": Grade.PASS, "warn": Grade.WARN}.get(head.status, Grade.ERROR)


def judge_test(test: TestReport, policy: Policy) -> TestReport:
    """A dbt test, or a hook, with what the policy makes of the grade that it has by itself."""
    if test.grade is Grade.PASS:
        return replace(test, rule=f"{policy.preset.value}: {test.head or 'removed'}")
    before = Event.KNOWN if test.is_known else Event.FAILED_BEFORE
    as_before = before if test.head in FAILING else Event.WARNED
    event = as_before if test.grade is Grade.WARN else Event.FAILED
    check = "" if test.unique_id.startswith("operation.") else "tests"
    decided, rule = policies.judge(policy, event, test.grade, unique_id=test.model, check=check)
    return replace(test, grade=decided, rule=rule)


def conclude(
    models: Sequence[ModelReport],
    tests: Sequence[TestReport],
    named: Sequence[NamedReport] = (),
    unmet: Sequence[Unmet] = (),
    policy: str = "",
) -> tuple[Status, str]:
    """The status of the run, and its headline: one sentence without names. `policy` is what the policy is called."""
    grades = [*(model.grade for model in models), *(test.grade for test in tests)]
    grades += [*(one.finding.grade for one in named), *(one.grade for one in unmet)]
    status = {Grade.FAIL: Status.FAILURE, Grade.ERROR: Status.ERROR}.get(worst(grades), Status.SUCCESS)
    clauses = headline.clauses(models, tests, named, unmet)
    if not clauses:
        return status, "no data models touched"
    gate = "gate open" if status is Status.SUCCESS else "gate closed"
    return status, f"{gate}{' (advisory)' if policies.is_advisory(policy) else ''}: {'; '.join(clauses)}"


def exit_code(status: Status) -> int:
    """0 where the gate is open, 1 where it is closed."""
    return 0 if status is Status.SUCCESS else 1


def _grade_error(finding: Finding) -> Grade:
    # A model that the head breaks is a finding about the change; one nobody can build says nothing about it.
    broken = finding.check == "build" and finding.measures.get("base") in ("success", None)
    broken = broken or (finding.check == "increment" and finding.measures.get("built") is False)
    return Grade.FAIL if broken else Grade.ERROR
