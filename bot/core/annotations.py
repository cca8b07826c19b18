"""What is said beside the diff: one remark on the file of each model that fails or warns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from bot.core import explanations, verdict
from bot.core.wording import count
from bot.domain import Acceptance, Annotation, ChangeKind, Finding, Grade, ModelReport, Outcome, Report, TestReport

_ORDER = (Grade.ERROR, Grade.FAIL, Grade.WARN)
_ERRORS = frozenset({Grade.ERROR, Grade.FAIL})
_FEW = 5
_OUTCOMES = {
    Outcome.ERRORED: "could not be compared",
    Outcome.SKIPPED: "was not compared",
    Outcome.VACUOUS: "has no rows, so nothing was shown",
    Outcome.CHANGED: "changed",
}
_KINDS = {ChangeKind.ADDED: "is new", ChangeKind.REMOVED: "is removed"}


def of(report: Report, project_dir: str) -> tuple[Annotation, ...]:
    """The annotations of a report, the worst first; of equally bad ones, those on models that the request itself
    modified, since only these have a diff to stand beside.

    Models of installed packages are left out: the repository has no file of them. What several findings say stands in
    one annotation, and so do a model and those that changed only because of it. Nothing shows values of the data.

    Args:
        project_dir: the project's folder relative to the repository, `.` where it is the root.
    """
    tests, told = _broken(report), _told(report)
    silent = told_by_others(report)
    following = Counter(root for roots in silent.values() for root in roots)
    found = []
    for model in report.models:
        uid = model.unique_id
        if uid in told and uid not in silent:
            path = path_of(model, report, project_dir) or ""
            place = (_ORDER.index(told[uid]), model.change.kind is ChangeKind.DOWNSTREAM, model.name, uid)
            found.append((place, _annotation(model, path, tests.get(uid, []), told[uid], following[uid])))
    return tuple(annotation for _, annotation in sorted(found, key=lambda one: one[0]))


def path_of(model: ModelReport, report: Report, project_dir: str) -> str | None:
    """The model's file relative to the repository; None where the repository has none, as of an installed package."""
    is_installed = bool(report.run.package) and model.package != report.run.package
    return None if is_installed or not model.path else (PurePosixPath(project_dir) / model.path).as_posix()


def told_by_others(report: Report) -> Mapping[str, tuple[str, ...]]:
    """The models that need no remark of their own, each with those that explain it: they changed only because of one
    whose remark is as grave."""
    told, tests = _told(report), _broken(report)
    followers = {uid: group.roots for group in explanations.groups(report) for uid in group.members if uid not in tests}
    return {uid: roots for uid, roots in followers.items() if uid in told and _is_told_by(roots, told[uid], told)}


def _broken(report: Report) -> Mapping[str, Sequence[TestReport]]:
    """The tests that fail, or have no result, by model."""
    tests: dict[str, list[TestReport]] = {}
    for test in report.tests:
        if test.model is not None and test.grade in _ERRORS:
            tests.setdefault(test.model, []).append(test)
    return tests


def _told(report: Report) -> Mapping[str, Grade]:
    """How grave the remark on a model is, of those that have a file and need one."""
    tests = _broken(report)
    grades = {
        model.unique_id: verdict.worst([model.grade, *(test.grade for test in tests.get(model.unique_id, ()))])
        for model in report.models
        if path_of(model, report, ".") is not None
    }
    return {unique_id: grade for unique_id, grade in grades.items() if grade in _ORDER}


def _is_told_by(roots: Iterable[str], grade: Grade, told: Mapping[str, Grade]) -> bool:
    """Whether one that explains a model has an annotation that is as grave."""
    return any(root in told and _ORDER.index(told[root]) <= _ORDER.index(grade) for root in roots)


def _annotation(
    model: ModelReport, path: str, broken: Sequence[TestReport], grade: Grade, following: int
) -> Annotation:
    lines = [*_reasons(model, has_broken_tests=bool(broken)), *_of_tests(broken), *_of_acceptance(model.accepted)]
    if following:
        lines.append(f"{count(following, 'model')} downstream changed only because of it")
    return Annotation(
        path=path,
        title=f"proofbot: {_title(model)}",
        message="\n".join(dict.fromkeys(lines)) or _title(model),
        is_error=grade in _ERRORS,
    )


def _title(model: ModelReport) -> str:
    words = _OUTCOMES.get(model.outcome, "needs a look")
    if model.outcome is Outcome.CHANGED:
        words = _KINDS.get(model.change.kind, words)
    return f"{model.name} {words}"


def _reasons(model: ModelReport, *, has_broken_tests: bool) -> Iterator[str]:
    """What is wrong with a model, the worst first. What broke is told once, however many checks it broke."""
    if model.outcome is Outcome.ERRORED and model.reason:
        yield model.reason
    for finding in _bad(model.findings):
        is_told = finding.outcome is Outcome.ERRORED and model.reason is not None
        if not is_told and not (finding.check == "tests" and has_broken_tests):
            yield f"{finding.check}: {finding.message}"
    if model.outcome is Outcome.SKIPPED and model.reason:
        yield model.reason


def _bad(findings: Iterable[Finding]) -> list[Finding]:
    bad = [finding for finding in findings if finding.grade in _ORDER]
    return sorted(bad, key=lambda finding: _ORDER.index(finding.grade))


def _of_tests(broken: Sequence[TestReport]) -> Iterator[str]:
    for test in broken[:_FEW]:
        yield f"dbt test {test.name} {'newly fails' if test.grade is Grade.FAIL else 'has no result'}"
    if len(broken) > _FEW:
        yield f"and {count(len(broken) - _FEW, 'more dbt test')}"


def _of_acceptance(accepted: Acceptance | None) -> Iterator[str]:
    if accepted is not None:
        yield f"accepted by {accepted.by}: {accepted.reason}"
