"""The lines of a report that are the same on every page: what was equal, skipped, unreadable, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.domain import Grade, ModelReport, Outcome, Report, TestReport
from bot.render import figures
from bot.render.words import Dress, Labels, Line, causes

_FAILING = frozenset({"fail", "error", "runtime error", "warn"})
_LISTED = 20
_COLUMNS_LISTED = 30


def unreadable(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """The models that could not be compared, each with the reason."""
    errored = [model for model in report.models if model.outcome is Outcome.ERRORED]
    return _listed([f"{dress.name(labels.of(model.unique_id))}: {_reason(model, dress)}" for model in errored])


def newly_failing(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """The tests that fail at head and did not at base, each with its numbers."""
    return _listed([_failure(test, labels, dress) for test in report.tests if _fails_newly(test)])


def asides(report: Report, labels: Labels, dress: Dress) -> list[Line]:
    """What a reader may skip: models that are equal, empty, skipped or the same SQL, tests as before, notices."""
    return [
        *_quiet_models(report, labels, dress),
        *_skipped(report, labels, dress),
        *_old_tests(report, dress),
        *_untouched(report, labels, dress),
        *(Line("Note", dress.prose(notice)) for notice in report.notices[:_LISTED]),
    ]


def without_key(report: Report) -> list[ModelReport]:
    """The models whose two sides were compared as multisets of rows, because no key is known."""
    return [
        model for model in report.models if model.key is None and model.rows and model.rows.unchanged is not None
    ]


def details(model: ModelReport, labels: Labels, dress: Dress) -> list[Line]:
    """What there is to say of one model beside its row of the table."""
    lines = [Line("Why", causes(model.change, labels, dress))]
    if model.key:
        lines.append(Line("Key", f"{dress.names(model.key.columns)} ({model.key.source.value})"))
    elif model.rows and model.rows.unchanged is not None:
        lines.append(Line("Key", "none, so rows were compared as a multiset"))
    lines += _columns(model, dress)
    if model.rows and model.rows.unkeyed:
        unkeyed = figures.plural(model.rows.unkeyed, "row")
        lines.append(Line("Unusable keys", f"{unkeyed} (base and head together), compared as a multiset"))
    lines += [
        Line(f"Check {dress.name(finding.check)}", dress.prose(finding.message))
        for finding in model.findings
        if finding.grade is not Grade.PASS and finding.message != model.reason
    ]
    return [line for line in lines if line.text]


def changed_columns(model: ModelReport) -> list[tuple[str, int, str]]:
    """The columns whose values changed: name, in how many rows, and the share of rows that match. Most first.

    The share is of the rows that both sides have.
    """
    if not model.columns or not model.rows:
        return []
    both = (model.rows.changed or 0) + (model.rows.unchanged or 0)
    changed = sorted(model.columns.changed.items(), key=lambda item: (-item[1], item[0]))
    return [
        (name, number, figures.share(both - number, both) if number <= both and both else figures.UNKNOWN)
        for name, number in changed
        if number
    ]


def _columns(model: ModelReport, dress: Dress) -> Iterable[Line]:
    if not model.columns:
        return
    if model.columns.added:
        yield Line("Columns added", dress.names(model.columns.added, _COLUMNS_LISTED))
    if model.columns.removed:
        yield Line("Columns removed", dress.names(model.columns.removed, _COLUMNS_LISTED))
    types = [
        f"{dress.name(column)} {dress.name(base)} → {dress.name(head)}"
        for column, (base, head) in model.columns.type_changed.items()
    ]
    if types:
        yield Line("Types changed", ", ".join(_listed(types)))
    if model.columns.order_changed:
        yield Line("Column order", "changed")
    left_out = [f"{dress.name(name)} ({dress.prose(why)})" for name, why in model.columns.uncompared.items()]
    if left_out:
        yield Line("Columns not compared", ", ".join(_listed(left_out)))


def _quiet_models(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    by_outcome: dict[Outcome, list[ModelReport]] = defaultdict(list)
    for model in report.models:
        by_outcome[model.outcome].append(model)
    equal = by_outcome[Outcome.UNCHANGED]
    compared = sum(model.rows.unchanged or 0 for model in equal if model.rows)
    rows = f"{figures.plural(compared, 'row')} compared"
    for label, outcome, word in (
        ("Equal", Outcome.UNCHANGED, f", {rows}: "),
        ("Equal by SQL", Outcome.EQUIVALENT, ": "),
        ("Nothing shown", Outcome.VACUOUS, " without rows on either side: "),
        ("Varies without the change", Outcome.NOISE, ": "),
    ):
        names = [labels.of(model.unique_id) for model in by_outcome[outcome]]
        if names:
            yield Line(label, f"{figures.plural(len(names), 'model')}{word}{dress.names(names, _LISTED)}")


def _skipped(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for model in report.models:
        if model.outcome is Outcome.SKIPPED:
            by_reason[model.reason or ""].append(labels.of(model.unique_id))
    groups = [
        dress.names(names) + (f" ({dress.prose(reason)})" if reason else "") for reason, names in by_reason.items()
    ]
    if groups:
        yield Line("Skipped", "; ".join(_listed(groups)))


def _untouched(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    if report.same_sql:
        names = dress.names([labels.of(unique_id) for unique_id in report.same_sql], _LISTED)
        yield Line("Code changed, same compiled SQL", names)
    metadata = [
        f"{dress.name(labels.of(change.unique_id))} ({dress.prose(', '.join(change.what))})"
        for change in report.metadata
    ]
    if metadata:
        yield Line("Only metadata changed", ", ".join(_listed(metadata)))


def _old_tests(report: Report, dress: Dress) -> Iterable[Line]:
    groups: Mapping[str, Sequence[TestReport]] = {
        "Tests that still fail": [test for test in report.tests if _fails(test.base) and _fails(test.head)],
        "Tests mended": [test for test in report.tests if _fails(test.base) and test.head == "pass"],
        "Tests not run at head": [test for test in report.tests if test.base is not None and test.head == "skipped"],
    }
    for label, tests in groups.items():
        if tests:
            yield Line(label, f"{figures.count(len(tests))}: {dress.names([test.name for test in tests])}")


def _failure(test: TestReport, labels: Labels, dress: Dress) -> str:
    model = f" on {dress.name(labels.of(test.model))}" if test.model else ""
    failures = "" if test.head_failures is None else f" with {figures.plural(test.head_failures, 'failure')}"
    before = {None: "not there before", "pass": "passed before"}.get(test.base, f"before: {dress.prose(test.base or '')}")
    message = f": {dress.prose(test.message)}" if test.message else ""
    return f"{dress.name(test.name)}{model}, {dress.prose(test.head or '')}{failures}, {before}{message}"


def _fails_newly(test: TestReport) -> bool:
    return _fails(test.head) and not _fails(test.base)


def _fails(status: str | None) -> bool:
    return status in _FAILING


def _reason(model: ModelReport, dress: Dress) -> str:
    messages = [finding.message for finding in model.findings if finding.outcome is Outcome.ERRORED]
    return dress.prose(model.reason or "; ".join(messages) or "no reason is known")


def _listed(items: Sequence[str]) -> list[str]:
    rest = len(items) - _LISTED
    return [*items[:_LISTED], f"and {figures.count(rest)} more"] if rest > 0 else list(items)
