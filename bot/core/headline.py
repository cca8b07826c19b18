"""The verdict in one sentence: what there is to say of everything that was looked at, without names."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.explanations import groups_of
from bot.core.policy import event_of
from bot.core.wording import count
from bot.domain import (
    Bound,
    ChangeKind,
    Event,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    Outcome,
    TestReport,
    Unmet,
    Verified,
)

_VERBS = {Grade.FAIL: "fail", Grade.WARN: "warn"}


def clauses(
    models: Sequence[ModelReport],
    tests: Sequence[TestReport],
    named: Sequence[NamedReport] = (),
    unmet: Sequence[Unmet] = (),
) -> list[str]:
    """The parts of the sentence, the gravest first; none where nothing is concerned that could be told."""
    failing = any(test.grade in (Grade.FAIL, Grade.ERROR) for test in tests)
    if not models and not named and not unmet and not failing:
        return []
    return [*_clauses(models, tests), *_of_unmet(unmet), *_clauses_of_named(named)] or [_nothing(models, named)]


def _clauses(models: Sequence[ModelReport], tests: Sequence[TestReport]) -> list[str]:
    existing = [model for model in models if model.change.kind not in (ChangeKind.ADDED, ChangeKind.REMOVED)]
    failed = [model for model in models if model.outcome is Outcome.ERRORED]
    unchecked = [m for m in models if m.outcome is Outcome.SKIPPED and m.grade in (Grade.FAIL, Grade.ERROR)]
    new_failures = [test for test in tests if test.grade is Grade.FAIL or _is_let_through(test, Event.FAILED)]
    silent = [test for test in tests if test.grade is Grade.ERROR]
    added = [model for model in models if model.change.kind is ChangeKind.ADDED]
    removed = [model for model in models if model.change.kind is ChangeKind.REMOVED]
    beyond = [model for model in models if _is_beyond(model)]
    clauses = []
    if failed:
        clauses.append(f"{_count(failed, 'model')} failed or could not be compared")
    changed = [model for model in existing if model.outcome is Outcome.CHANGED]
    clauses += [
        f"{clause}{_of_causes(changed, models) if n == 0 else ''}"
        for n, clause in enumerate(_of_changed(changed, models))
    ]
    clauses += _of_volatile(models)
    if beyond:
        clauses.append(f"{_count(beyond, 'model')} beyond {'its' if len(beyond) == 1 else 'their'} thresholds")
    if unchecked:
        clauses.append(f"{_count(unchecked, 'model')} not checked")
    if new_failures:
        clauses.append(f"{_count(new_failures, 'dbt test')} newly {'fails' if len(new_failures) == 1 else 'fail'}")
    if silent:
        clauses.append(f"{_count(silent, 'dbt test')} without a result")
    if added:
        bad = sum(_fails(model) and model.outcome is not Outcome.ERRORED for model in added)
        clauses.append(f"{len(added):,} added{f', {bad:,} of them with failing checks' if bad else ''}")
    if removed:
        clauses.append(f"{len(removed):,} removed")
    return [*clauses, *_clauses_of_quiet(models)]


def _of_changed(changed: Sequence[ModelReport], models: Sequence[ModelReport]) -> list[str]:
    """How many models changed, and how that fits what was declared; the first number tells of how many."""
    anything = any(model.declared is not None for model in models)
    fits = [_verified(model) for model in models]
    apart = (Verified.AS_DECLARED, Verified.OUTSIDE, Verified.ABSENT, Verified.UNKNOWN)
    numbers = {
        f"changed{' undeclared' if anything else ''}": sum(_verified(model) not in apart for model in changed),
        "outside what was declared": fits.count(Verified.OUTSIDE),
        "declared but absent": fits.count(Verified.ABSENT),
        "declared, and could not be verified": fits.count(Verified.UNKNOWN),
        "changed as declared": sum(_verified(model) is Verified.AS_DECLARED for model in changed),
    }
    found = [(number, words) for words, number in numbers.items() if number]
    of_all = f" of {_count(models, 'affected model')}"
    return [f"{number:,}{'' if n else of_all} {words}" for n, (number, words) in enumerate(found)]


def _of_causes(changed: Sequence[ModelReport], models: Sequence[ModelReport]) -> str:
    """From how many causes all that changed comes, where these are fewer; empty where that is not known."""
    found = groups_of(models)
    if len(changed) < 2 or len(found) >= len(changed) or any(model.explained is None for model in changed):
        return ""
    if len(found) > 1:
        return f" (from {len(found):,} causes)"
    alone = len(found[0].roots) == 1 and any(model.unique_id == found[0].roots[0] for model in changed)
    return " (all because of one of them)" if alone else " (all because of one change)"


def _of_volatile(models: Sequence[ModelReport]) -> list[str]:
    """How many models the change makes vary by themselves."""
    became = sum(bool(model.noise and model.noise.became) for model in models)
    return [f"{became:,} made to vary by {'itself' if became == 1 else 'themselves'}"] if became else []


def _of_unmet(unmet: Sequence[Unmet]) -> list[str]:
    bad = [one for one in unmet if one.declared.verified is not Verified.AS_DECLARED]
    return [f"{_count(bad, 'declaration')} about other models not met"] if bad else []


def _verified(model: ModelReport) -> Verified | None:
    return model.declared.verified if model.declared else None


def _clauses_of_quiet(models: Sequence[ModelReport]) -> list[str]:
    """How many models showed nothing, were not looked at, and are as before."""
    total, clauses = len(models), []
    vacuous = [model for model in models if model.outcome is Outcome.VACUOUS]
    noisy = [model for model in models if model.outcome is Outcome.NOISE]
    if noisy:
        clauses.append(f"{len(noisy):,} {'varies by itself' if len(noisy) == 1 else 'vary by themselves'}")
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
    """Whether thresholds fail that have nothing to do with a change of data."""
    if model.outcome in (Outcome.CHANGED, Outcome.ERRORED):
        return False
    return any(
        one.bound is Bound.FAIL and (one.grade is Grade.FAIL or (model.accepted is None and _warns(one)))
        for one in model.findings
    )


def _warns(finding: Finding) -> bool:
    """Whether the policy lets through what is beyond a threshold."""
    return finding.grade is Grade.WARN and event_of(finding.rule) is Event.BEYOND


def _fails(model: ModelReport) -> bool:
    """Whether anything fails, though the policy may let it through."""
    return model.grade in (Grade.FAIL, Grade.ERROR) or _is_let_through(model, Event.FAILED, Event.BEYOND)


def _is_let_through(one: ModelReport | TestReport, *events: Event) -> bool:
    """Whether the policy only warns of what fails; what somebody accepted is told as that."""
    return one.grade is Grade.WARN and one.accepted is None and event_of(one.rule) in events


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
