"""What the policy makes of what was seen: grades, a status, a headline. Fails closed.

The policy of a run without configuration: a change of existing data that nobody declared closes the gate, and so does
whatever could not be checked. What is only added passes. What was as bad before is a warning. Where a check has
thresholds, these decide; but what shows less than it seems to is never better than a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.wording import count
from bot.domain import (
    Bound,
    ChangeKind,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    NodeResult,
    Outcome,
    Status,
    TestReport,
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
_VERBS = {Grade.FAIL: "fail", Grade.WARN: "warn"}
FAILING = frozenset({"fail", "error", "runtime error"})


def worst(grades: Iterable[Grade]) -> Grade:
    """The worst of some grades; pass where there is none."""
    return max(grades, key=_GRADES.index, default=Grade.PASS)


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that says most: errored over changed over vacuous over unchanged; skipped where there is none."""
    return max(outcomes, key=_OUTCOMES.index, default=Outcome.SKIPPED)


def grade(finding: Finding) -> Finding:
    """The finding with its grade."""
    if finding.outcome is Outcome.ERRORED:
        return replace(finding, grade=_grade_error(finding))
    by_policy = _JUDGES.get(finding.check, _grade_data)(finding)
    decided = _BY_BOUND.get(finding.bound, by_policy)
    return replace(finding, grade=worst([decided, _least(finding)]))


def grade_test(base: NodeResult | None, head: NodeResult | None) -> Grade:
    """What a dbt test means, by its results on both sides: None where it does not exist.

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


def conclude(
    models: Sequence[ModelReport], tests: Sequence[TestReport], named: Sequence[NamedReport] = ()
) -> tuple[Status, str]:
    """The status of the run, and its headline: one sentence without names."""
    grades = [*(model.grade for model in models), *(test.grade for test in tests), *(n.finding.grade for n in named)]
    status = {Grade.FAIL: Status.FAILURE, Grade.ERROR: Status.ERROR}.get(worst(grades), Status.SUCCESS)
    if not models and not named:
        return status, "no data models touched"
    clauses = [*_clauses(models, tests), *_clauses_of_named(named)]
    gate = "gate open" if status is Status.SUCCESS else "gate closed"
    return status, f"{gate}: {'; '.join(clauses or [_nothing(models, named)])}"


def exit_code(status: Status) -> int:
    """0 where the gate is open, 1 where it is closed."""
    return 0 if status is Status.SUCCESS else 1


def _clauses(models: Sequence[ModelReport], tests: Sequence[TestReport]) -> list[str]:
    existing = [model for model in models if model.change.kind not in (ChangeKind.ADDED, ChangeKind.REMOVED)]
    failed = [model for model in models if model.outcome is Outcome.ERRORED]
    changed = [model for model in existing if model.outcome is Outcome.CHANGED]
    unchecked = [m for m in models if m.outcome is Outcome.SKIPPED and m.grade in (Grade.FAIL, Grade.ERROR)]
    new_failures = [test for test in tests if test.grade is Grade.FAIL]
    silent = [test for test in tests if test.grade is Grade.ERROR]
    added = [model for model in models if model.change.kind is ChangeKind.ADDED]
    removed = [model for model in models if model.change.kind is ChangeKind.REMOVED]
    beyond = [model for model in models if _is_beyond(model)]
    clauses = []
    if failed:
        clauses.append(f"{_count(failed, 'model')} failed or could not be compared")
    if changed:
        clauses.append(f"{len(changed):,} of {_count(models, 'affected model')} changed")
    if beyond:
        clauses.append(f"{_count(beyond, 'model')} beyond {'its' if len(beyond) == 1 else 'their'} thresholds")
    if unchecked:
        clauses.append(f"{_count(unchecked, 'model')} not checked")
    if new_failures:
        clauses.append(f"{_count(new_failures, 'dbt test')} newly {'fails' if len(new_failures) == 1 else 'fail'}")
    if silent:
        clauses.append(f"{_count(silent, 'dbt test')} without a result")
    if added:
        bad = sum(model.grade in (Grade.FAIL, Grade.ERROR) and model.outcome is not Outcome.ERRORED for model in added)
        clauses.append(f"{len(added):,} added{f', {bad:,} of them with failing checks' if bad else ''}")
    if removed:
        clauses.append(f"{len(removed):,} removed")
    return [*clauses, *_clauses_of_quiet(models)]


def _clauses_of_quiet(models: Sequence[ModelReport]) -> list[str]:
    """How many models showed nothing, were not looked at, and are as before."""
    total, clauses = len(models), []
    vacuous = [model for model in models if model.outcome is Outcome.VACUOUS]
    if vacuous:
        clauses.append(f"{len(vacuous):,} without rows, so not verified")
    uncompared = [model for model in models if _is_uncompared(model)]
    if uncompared:
        clauses.append(f"{_count(uncompared, 'model')} not compared")
    unchanged = [m for m in models if m.outcome in (Outcome.UNCHANGED, Outcome.EQUIVALENT)]
    in_samples = [model for model in unchanged if _is_sampled(model)]
    for alike, where in ((len(unchanged) - len(in_samples), ""), (len(in_samples), " in a sample")):
        if alike:
            words = f"{alike:,}" if alike < total else _count(models, "affected model")
            clauses.append(f"{'all ' if alike == total > 1 else ''}{words} unchanged{where}")
    return clauses


def _is_sampled(model: ModelReport) -> bool:
    """Whether any check looked at a share of the rows only."""
    return any(finding.measures.get("sampled") is not None for finding in model.findings)


def _is_uncompared(model: ModelReport) -> bool:
    """Whether nobody wanted, or was able, to compare what the model holds; not where it holds nothing by its nature,
    which is then the reason."""
    if model.outcome is not Outcome.SKIPPED or model.grade in (Grade.FAIL, Grade.ERROR) or not model.findings:
        return False
    return not any(f.outcome is Outcome.SKIPPED and f.message == model.reason for f in model.findings)


def _is_beyond(model: ModelReport) -> bool:
    """Whether thresholds close the gate that have nothing to do with a change of data."""
    if model.outcome in (Outcome.CHANGED, Outcome.ERRORED):
        return False
    return any(finding.bound is Bound.FAIL and finding.grade is Grade.FAIL for finding in model.findings)


def _clauses_of_named(named: Sequence[NamedReport]) -> list[str]:
    """What stands out of queries, assertions and metrics: what could not be asked, what fails, what changed."""
    clauses = []
    for check in dict.fromkeys(one.check for one in named):
        found = [one.finding for one in named if one.check == check]
        failed = [finding for finding in found if finding.outcome is Outcome.ERRORED]
        changed = [finding for finding in found if finding.outcome is Outcome.CHANGED]
        if failed:
            clauses.append(f"{len(failed):,} {check if len(failed) == 1 else _plural(check)} could not be asked")
        if check == "assertion":
            clauses += _clauses_of_assertions([one for one in named if one.check == check])
        elif changed:
            clauses.append(f"{len(changed):,} {check if len(changed) == 1 else _plural(check)} changed")
    return clauses


def _clauses_of_assertions(assertions: Sequence[NamedReport]) -> list[str]:
    """Those that found rows fail or warn, unless somebody accepted it; one that found no more than it allows is no
    news."""
    with_rows = [one for one in assertions if one.finding.outcome is Outcome.CHANGED]
    accepted = [one for one in with_rows if one.accepted is not None]
    grades = [one.finding.grade for one in with_rows if one.accepted is None]
    numbers = [(grades.count(grade), verb) for grade, verb in _VERBS.items()]
    clauses = [f"{_count(range(n), 'assertion')} {verb}{'s' if n == 1 else ''}" for n, verb in numbers if n]
    return [*clauses, *([f"{_count(accepted, 'assertion')} found rows"] if accepted else [])]


def _nothing(models: Sequence[ModelReport], named: Sequence[NamedReport]) -> str:
    """What there is to say where nothing stands out."""
    if models:
        return f"{_count(models, 'affected model')}, none with data of its own"
    kinds = {one.check for one in named}
    check = kinds.pop() if len(kinds) == 1 else "check"
    return f"no data models touched; {len(named):,} {check if len(named) == 1 else _plural(check)} as before"


def _plural(check: str) -> str:
    return "queries" if check == "query" else f"{check}s"


def _count(things: Sequence[object], noun: str) -> str:
    return count(len(things), noun)


def _least(finding: Finding) -> Grade:
    """What a finding is at best, whatever thresholds say: a warning where less was shown than it seems."""
    measures = finding.measures
    misfits = measures.get("misfits")
    shows_less = (
        finding.outcome is Outcome.VACUOUS
        or (measures.get("sampled") is not None and finding.outcome is Outcome.UNCHANGED)
        or bool(measures.get("incomparable"))
        or (isinstance(misfits, list) and any(one.get("grade") != Grade.PASS for one in misfits))
    )
    return Grade.WARN if shows_less else Grade.PASS


def _grade_error(finding: Finding) -> Grade:
    # A model that the head breaks is a finding about the change; one nobody can build says nothing about it.
    broken = finding.check == "build" and finding.measures.get("base") in ("success", None)
    return Grade.FAIL if broken else Grade.ERROR


def _grade_schema(finding: Finding) -> Grade:
    if any(finding.measures.get(name) for name in ("removed", "type_changed", "contract")):
        return Grade.FAIL
    return Grade.WARN if finding.measures.get("order_changed") else Grade.PASS


def _grade_keys(finding: Finding) -> Grade:
    base, head = finding.measures.get("base"), finding.measures.get("head")
    if not isinstance(head, Mapping):
        return Grade.PASS
    bad = [name for name in ("null_rows", "duplicate_keys", "duplicate_rows") if head.get(name)]
    worse = [name for name in bad if not isinstance(base, Mapping) or head[name] > base.get(name, 0)]
    return Grade.FAIL if worse else Grade.WARN if bad else Grade.PASS


def _grade_build(finding: Finding) -> Grade:
    if finding.outcome is Outcome.SKIPPED:
        return Grade.ERROR
    return Grade.WARN if finding.outcome is Outcome.CHANGED else Grade.PASS


def _grade_tests(finding: Finding) -> Grade:
    graded = {
        "silent": Grade.ERROR,
        "newly_failing": Grade.FAIL,
        "failed_before": Grade.WARN,
        "warning": Grade.WARN,
    }
    return worst(grade for kind, grade in graded.items() if finding.measures.get(kind))


def _grade_values(finding: Finding) -> Grade:
    return Grade.WARN if finding.outcome is Outcome.SKIPPED else _grade_data(finding)


def _inform(_finding: Finding) -> Grade:
    return Grade.PASS


def _grade_data(finding: Finding) -> Grade:
    if None in (finding.measures.get("base", 0), finding.measures.get("head", 0)):
        return Grade.PASS  # it exists on one side only, which is judged as such
    return Grade.FAIL if finding.outcome is Outcome.CHANGED else Grade.PASS


_JUDGES = {
    "schema": _grade_schema,
    "keys": _grade_keys,
    "build": _grade_build,
    "tests": _grade_tests,
    "values": _grade_values,
    "profile": _inform,
    "top_k": _inform,
    "histogram": _inform,
}
_BY_BOUND = {Bound.WITHIN: Grade.PASS, Bound.WARN: Grade.WARN, Bound.FAIL: Grade.FAIL}
