"""What somebody accepts of what was found: a failure becomes a warning, and the gate is judged anew.

An error is never accepted: what could not be checked is unknown, and nobody can vouch for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.report import concluded
from bot.domain import Acceptance, Finding, Grade, ModelReport, NamedReport, Report, TestReport

EVERYTHING = "all"


def apply(report: Report, acceptances: Sequence[Acceptance]) -> Report:
    """The report with what is accepted: exactly these, whatever it says of acceptances itself.

    An acceptance names a model as the comment shows it, or by its unique id: then it holds for the model, its findings
    and its tests. Where no model has that name, it may be that of a query, an assertion or a metric. `all` stands for
    everything that fails. The last acceptance of a name counts, and one that names the model before `all`.
    """
    report = _without_acceptances(report)
    names = _Names(report)
    models = [_model(model, names.about(acceptances, model.unique_id)) for model in report.models]
    tests = [_test(test, names.about(acceptances, test.model)) for test in report.tests]
    named = [_named(one, names.about_named(acceptances, one.name)) for one in report.named]
    return concluded(replace(report, models=tuple(models), tests=tuple(tests), named=tuple(named)))


def unmatched(report: Report, acceptances: Iterable[Acceptance]) -> tuple[Acceptance, ...]:
    """The acceptances that name nothing which this report knows, or a name that two models have."""
    names = _Names(report)
    return tuple(one for one in acceptances if not names.knows(one.model))


def in_force(report: Report) -> tuple[Acceptance, ...]:
    """The acceptances that a report carries, each once: those by which anything is accepted."""
    found = [one.accepted for one in report.models]
    found += [one.accepted for one in report.tests]
    found += [one.accepted for one in report.named]
    return tuple(dict.fromkeys(accepted for accepted in found if accepted is not None))


class _Names:
    """What can be accepted by name: models, by unique id, with their package, or by a name that only one has; and
    named checks whose name no model has."""

    def __init__(self, report: Report) -> None:
        by_id = {test.model: test.model.split(".", 2)[-1] for test in report.tests if test.model}
        by_id |= {model.unique_id: model.name for model in report.models}
        times = Counter(by_id.values())
        self._ids = {name: unique_id for unique_id, name in by_id.items() if times[name] == 1}
        self._ids |= {unique_id.split(".", 1)[-1]: unique_id for unique_id in by_id}
        self._ids |= {unique_id: unique_id for unique_id in by_id}
        self._checks = {one.name for one in report.named} - set(by_id.values())

    def knows(self, name: str) -> bool:
        return name == EVERYTHING or name in self._ids or name in self._checks

    def about(self, acceptances: Sequence[Acceptance], unique_id: str | None) -> Acceptance | None:
        own = [one for one in acceptances if unique_id is not None and self._id(one.model) == unique_id]
        return _last(own) or _last([one for one in acceptances if one.model == EVERYTHING])

    def about_named(self, acceptances: Sequence[Acceptance], name: str) -> Acceptance | None:
        own = [one for one in acceptances if one.model == name and name in self._checks and name != EVERYTHING]
        return _last(own) or _last([one for one in acceptances if one.model == EVERYTHING])

    def _id(self, name: str) -> str | None:
        return None if name == EVERYTHING else self._ids.get(name)


def _last(acceptances: Sequence[Acceptance]) -> Acceptance | None:
    return acceptances[-1] if acceptances else None


def _model(model: ModelReport, accepted: Acceptance | None) -> ModelReport:
    if accepted is None or model.grade is not Grade.FAIL:
        return model
    findings = tuple(_finding(finding) for finding in model.findings)
    return replace(model, grade=Grade.WARN, findings=findings, accepted=accepted)


def _finding(finding: Finding) -> Finding:
    return replace(finding, grade=Grade.WARN) if finding.grade is Grade.FAIL else finding


def _test(test: TestReport, accepted: Acceptance | None) -> TestReport:
    fails = accepted is not None and test.grade is Grade.FAIL
    return replace(test, grade=Grade.WARN, accepted=accepted) if fails else test


def _named(named: NamedReport, accepted: Acceptance | None) -> NamedReport:
    fails = accepted is not None and named.finding.grade is Grade.FAIL
    return replace(named, finding=_finding(named.finding), accepted=accepted) if fails else named


def _without_acceptances(report: Report) -> Report:
    """The report as if nobody had accepted anything: what was accepted fails."""
    return replace(
        report,
        models=tuple(_as_it_was(model) for model in report.models),
        tests=tuple(replace(one, grade=Grade.FAIL, accepted=None) if one.accepted else one for one in report.tests),
        named=tuple(
            replace(one, finding=replace(one.finding, grade=Grade.FAIL), accepted=None) if one.accepted else one
            for one in report.named
        ),
    )


def _as_it_was(model: ModelReport) -> ModelReport:
    return replace(model, grade=Grade.FAIL, accepted=None) if model.accepted else model
