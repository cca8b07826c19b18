"""A report as JUnit XML, as GitLab, Jenkins, Azure DevOps and Bitbucket read it.

A suite is a model with its checks and its dbt tests; what belongs to no model has suites of its own. A case fails, or
is in error, only where the gate is closed by it. A warning leaves the gate open, so it is a case that passes, and says
in its output what was seen; what shows nothing (no rows, not compared) is skipped, lest it be taken for a pass.

GitLab tells a new failure from an old one by the names of suite, class and case, and shows the case's alone: so a name
has the model in it, and no number or value ever.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bot.core import verdict
from bot.core.annotations import path_of
from bot.domain import (
    Acceptance,
    Grade,
    ModelReport,
    NamedReport,
    Outcome,
    Report,
    Status,
    TestReport,
    Unmet,
    Verified,
)
from bot.render import lines_of_causes, lines_of_declared, lines_of_tests, words
from bot.render.dress import PLAIN, Labels
from bot.render.escape import capped, shown, visible
from bot.render.gist import numbers

_NAME_CAP = 250
_MESSAGE_CAP = 1_000
_TEXT_CAP = 6_000
_NO_XML = re.compile("[^\\t\\n\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SILENT = (Outcome.SKIPPED, Outcome.VACUOUS)
_ENDS = {Grade.FAIL: "failure", Grade.ERROR: "error"}
_OURS, _TESTS, _NAMED, _AUTHORS, _DECLARED = "proofbot", "dbt tests", "named checks", "author's proof", "declarations"


@dataclass(frozen=True)
class _Case:
    """A case of a suite: what is said of it in one sentence and in several lines, and what it ends as: a tag, empty
    where it passes. Texts are untrusted."""

    suite: str
    name: str
    message: str
    lines: tuple[str, ...] = ()
    file: str | None = None
    ends_as: str = ""


def junit(report: Report) -> str:
    """The document, with its declaration and a line end at its end. It is never without a case, which Jenkins refuses.

    Every character is one that XML may hold; what is not is shown by its number. Names never repeat within a suite.
    """
    cases = list(_cases(report))
    cases = [_of_the_run(report, cases), *cases]
    root = Element("testsuites", {"name": _OURS, **_numbers(cases), "time": f"{max(report.run.seconds, 0):.1f}"})
    suites: dict[str, list[_Case]] = {}
    for case in cases:
        suites.setdefault(case.suite, []).append(case)
    for name, some in suites.items():
        suite = SubElement(
            root, "testsuite", {"name": _name(name), **_numbers(some), "skipped": _count(some, "skipped")}
        )
        times: Counter[str] = Counter()
        for case in some:
            name = _name(case.name)
            times[name] += 1
            _write(suite, case, name if times[name] == 1 else f"{name} ({times[name]})")
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _write(suite: Element, case: _Case, name: str) -> None:
    attributes = {"classname": _name(case.suite), "name": name, "time": "0"}
    element = SubElement(suite, "testcase", {**attributes, **({"file": _line(case.file)} if case.file else {})})
    text = capped("\n".join(map(_line, filter(None, (case.message, *case.lines)))), _TEXT_CAP)
    if case.ends_as:
        ending = SubElement(element, case.ends_as, {"message": capped(_line(case.message), _MESSAGE_CAP)})
        ending.text = text
    elif text:
        SubElement(element, "system-out").text = text


def _cases(report: Report) -> Iterator[_Case]:
    labels = Labels(report.models)
    tests: dict[str, list[TestReport]] = {}
    for test in report.tests:
        tests.setdefault(test.model or "", []).append(test)
    for model in report.models:
        path = path_of(model, report, report.run.project_dir)
        own = tests.pop(model.unique_id, [])
        yield from _of_model(model, own, labels, path)
        yield from (_of_test(test, labels, path) for test in own)
    for others in tests.values():
        yield from (_of_test(test, labels, None) for test in others)
    yield from map(_of_named, report.named)
    yield from map(_of_unmet, report.unmet)


def _of_model(model: ModelReport, tests: Sequence[TestReport], labels: Labels, path: str | None) -> Iterator[_Case]:
    suite, label = _suite(model.unique_id), labels.of(model.unique_id)
    reason = (model.reason or "").splitlines()
    about = (numbers(model), lines_of_causes.because(model, labels, PLAIN), *_accepted(model.grade, model.accepted))
    of_tests = verdict.worst(test.grade for test in tests)
    graded = []
    for finding in model.findings:
        is_told = finding.check == "tests" and verdict.worst([finding.grade, of_tests]) is of_tests
        graded.append(finding.grade)
        if tests and is_told:
            continue
        why = reason if finding.outcome is Outcome.ERRORED and finding.message not in reason else ()
        case = _Case(suite, f"{label}: {finding.check}", finding.message, (*why, *about, _rule(finding.rule)), path)
        yield _ended(case, finding.grade, is_silent=finding.outcome in _SILENT)
    if model.declared is not None:
        is_kept = model.declared.verified is Verified.AS_DECLARED
        graded.append(Grade.PASS if is_kept else model.grade)
        said = (*lines_of_declared.clauses(model, PLAIN), *about, _rule(model.rule))
        yield _ended(_Case(suite, f"{label}: declaration", model.declared.verified.value, said, path), graded[-1])
    if not graded or verdict.worst(graded) is not model.grade:
        message = f"{words.outcome(model)}: {reason[0]}" if reason else words.outcome(model)
        case = _Case(suite, f"{label}: outcome", message, (*reason[1:], *about, _rule(model.rule)), path)
        yield _ended(case, model.grade, is_silent=model.outcome in _SILENT)


def _of_test(test: TestReport, labels: Labels, path: str | None) -> _Case:
    if lines_of_tests.newly_failing([test]):
        message = lines_of_tests.failure(test, labels, PLAIN)
    else:
        message = f"{test.base or 'not run'} at base, {test.head or 'not run'} at head"
    suite = _suite(test.model) if test.model else _TESTS
    name = test.name if test.unique_id.startswith("operation.") else f"dbt test {test.name}"
    said = (*_accepted(test.grade, test.accepted), _rule(test.rule))
    return _ended(_Case(suite, name, message, said, path), test.grade, is_silent=test.head in (None, "skipped"))


def _of_named(named: NamedReport) -> _Case:
    finding = named.finding
    said = (*_accepted(finding.grade, named.accepted), _rule(finding.rule or named.rule))
    case = _Case(_AUTHORS if named.is_declared else _NAMED, f"{named.check} {named.name}", finding.message, said)
    return _ended(case, finding.grade, is_silent=finding.outcome in _SILENT)


def _of_unmet(unmet: Unmet) -> _Case:
    said = [f"{one.what}: {one.verified.value}" for one in unmet.declared.clauses]
    return _ended(
        _Case(_DECLARED, unmet.models, unmet.declared.verified.value, (*said, _rule(unmet.rule))), unmet.grade
    )


def _of_the_run(report: Report, cases: Iterable[_Case]) -> _Case:
    """The case that is always there. It fails where nothing else says why the gate is closed."""
    problem = report.problem
    if problem is not None:
        lines = (*problem.text.splitlines(), problem.remedy)
        return _Case(_OURS, "run", problem.title, lines, ends_as="error")
    headline = words.headline(report)
    is_told = report.status is Status.SUCCESS or any(case.ends_as in _ENDS.values() for case in cases)
    return _Case(_OURS, "run", headline, ends_as="" if is_told else "error")


def _ended(case: _Case, grade: Grade, *, is_silent: bool = False) -> _Case:
    """The case with its end. One that just passes says nothing."""
    ends_as = _ENDS.get(grade, "skipped" if is_silent else "")
    if ends_as:
        return replace(case, ends_as=ends_as)
    if grade is Grade.PASS:
        return replace(case, message="", lines=())
    return replace(case, message=f"Warning: {case.message}")


def _suite(unique_id: str) -> str:
    """`shop.orders`: Jenkins takes what stands before the last point for a package."""
    return unique_id.split(".", 1)[-1]


def _accepted(grade: Grade, accepted: Acceptance | None) -> list[str]:
    is_accepted = accepted is not None and words.is_accepted(grade, accepted)
    return [f"accepted by {accepted.by}: {accepted.reason}"] if accepted and is_accepted else []


def _rule(rule: str) -> str:
    return f"rule: {rule}" if rule else ""


def _name(text: str) -> str:
    return _fit(shown(text, _NAME_CAP))


def _line(text: str) -> str:
    return _fit(visible(text))


def _fit(text: str) -> str:
    return _NO_XML.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def _numbers(cases: Sequence[_Case]) -> dict[str, str]:
    tests = {"tests": str(len(cases))}
    return tests | {f"{name}s": _count(cases, name) for name in ("failure", "error")}


def _count(cases: Iterable[_Case], ends_as: str) -> str:
    return str(sum(case.ends_as == ends_as for case in cases))
