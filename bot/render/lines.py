"""The lines of a report that are the same on every page: what was equal, skipped, unreadable, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.domain import ChangeKind, Finding, Grade, ModelReport, Outcome, Report, Spared
from bot.render import (
    figures,
    lines_of_causes,
    lines_of_declared,
    lines_of_noise,
    lines_of_tests,
    tables,
    which_rows,
    words,
)
from bot.render.dress import Dress, Labels, Line
from bot.render.words import beginning, is_unreadable

_LISTED = 20
_SHORT_REASON = 200
_COLUMNS_LISTED = 30
_LEAVE_OUT = ("`include`", "`exclude`")  # what the reasons name of columns that a setting leaves out


def unreadable(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """The models that should have been compared and could not be, by reason."""
    models = [model for model in report.models if is_unreadable(model)]
    return dress.listed([f"{names}: {reason}" for reason, names in _by_reason(models, labels, dress).items()])


def asides(report: Report, labels: Labels, dress: Dress) -> list[Line]:
    """What a reader may skip: models that are equal, empty, skipped or the same SQL, tests as before, notices."""
    return [
        *_quiet_models(report, labels, dress),
        *_sampled(report, labels, dress),
        *_in_part(report, labels, dress),
        *_skipped(report, labels, dress),
        *lines_of_tests.asides(report.tests, dress),
        *lines_of_declared.held(report, dress),
        *_untouched(report, labels, dress),
        *(Line("Note", dress.prose(notice)) for notice in report.notices[: _LISTED * dress.times]),
    ]


def details(model: ModelReport, labels: Labels, dress: Dress, members: Sequence[str] = ()) -> list[Line]:
    """What there is to say of one model beside its row of the table: which rows first.

    `members` are the models that it explains, by unique id.
    """
    lines = [Line("Which rows", which_rows.sentence(common, dress)) for common in model.common]
    lines += lines_of_causes.details(model, members, labels, dress)
    lines += lines_of_declared.details(model, dress)
    lines += lines_of_noise.details(model, dress)
    if model.key:
        lines.append(Line("Key", f"{dress.names(model.key.columns)} ({model.key.source.value})"))
    elif model.rows and model.rows.unchanged is not None:
        lines.append(Line("Key", "none, so rows were compared as a multiset"))
    lines += _columns(model, dress)
    if model.rows and model.rows.unkeyed:
        unkeyed = figures.plural(model.rows.unkeyed, "row")
        lines.append(Line("Unusable keys", f"{unkeyed} (base and head together), compared as a multiset"))
    if words.scope(model):
        lines.append(Line("Rows compared", f"only those {dress.name(words.scope(model))}"))
    if words.sampled(model):
        lines.append(Line("Sampled", f"the numbers are of a {words.of_sample(model)}, the same ones on both sides"))
    lines += [
        Line(f"Check {dress.name(finding.check)}", message(finding, dress))
        for finding in model.findings
        if _is_told(finding) and finding.message not in (model.reason or "")
    ]
    if model.reason and not long_reason(model):
        lines.append(Line("Reason", dress.prose(model.reason)))
    if model.rule:
        lines.append(Line("Rule", dress.name(model.rule)))
    lines.append(Line("File", dress.name(model.path)))
    return [line for line in lines if line.text]


def message(finding: Finding, dress: Dress) -> str:
    """What a check says, and that its thresholds allow it, if they do."""
    if words.is_within(finding):
        return f"{dress.prose(finding.message.rstrip('.'))} (within its threshold)"
    return dress.prose(finding.message)


def long_reason(model: ModelReport) -> str | None:
    """The reason, where it is too long for a line of `details`."""
    if model.reason and (len(model.reason) > _SHORT_REASON or "\n" in model.reason):
        return model.reason
    return None


def _columns(model: ModelReport, dress: Dress) -> Iterable[Line]:
    if not model.columns:
        return
    if model.columns.added:
        yield Line("Columns added", dress.names(model.columns.added, _COLUMNS_LISTED))
    if model.columns.removed:
        yield Line("Columns removed", dress.names(model.columns.removed, _COLUMNS_LISTED))
    renamed = [f"{dress.name(base)} → {dress.name(head)}" for head, base in words.renamed(model).items()]
    if renamed:
        yield Line("Columns renamed", ", ".join(dress.listed(renamed)))
    types = [
        f"{dress.name(column)} {dress.name(base)} → {dress.name(head)}"
        for column, (base, head) in model.columns.type_changed.items()
    ]
    if types and not tables.has_types(model):
        yield Line("Types changed", ", ".join(dress.listed(types)))
    if model.columns.order_changed:
        yield Line("Column order", "changed")
    left_out = [f"{dress.name(name)} ({dress.prose(why)})" for name, why in model.columns.uncompared.items()]
    if left_out:
        yield Line("Columns not compared", ", ".join(dress.listed(left_out)))


def _is_told(finding: Finding) -> bool:
    """Whether what a check says has to be read: also where it changed and may, or looked at some of the rows only."""
    by_halves = finding.outcome is Outcome.CHANGED and finding.measures.get("sampled") is not None
    return finding.grade is not Grade.PASS or words.is_within(finding) or by_halves


def _sampled(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    models = [
        f"{dress.name(labels.of(model.unique_id))} ({words.sample(model)})"
        for model in report.models
        if words.sampled(model)
    ]
    if models:
        meant = "whose budget did not allow for all rows, so that what is rare may not have been seen"
        yield Line("Sampled", f"{figures.plural(len(models), 'model')} {meant}: {', '.join(dress.listed(models))}")


def _in_part(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    """What settings left out of models whose details nobody is shown."""
    models = [model for model in report.models if not words.has_details(model)]
    names = {model.unique_id: dress.name(labels.of(model.unique_id)) for model in models}
    columns = [f"{names[model.unique_id]}: {left}" for model in models if (left := _left_out_by_setting(model, dress))]
    if columns:
        yield Line("Columns not compared", "; ".join(dress.listed(columns)))
    scopes = [f"{names[m.unique_id]} ({dress.name(words.scope(m))})" for m in models if words.scope(m)]
    if scopes:
        yield Line("Compared in some of the rows only", ", ".join(dress.listed(scopes)))


def _left_out_by_setting(model: ModelReport, dress: Dress) -> str:
    """The columns that nobody wanted to be compared, by reason. Those that no build writes twice are none of them."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in model.columns.uncompared.items() if model.columns else ():
        if any(setting in reason for setting in _LEAVE_OUT):
            by_reason[reason].append(name)
    return ", ".join(f"{dress.names(names)} ({dress.prose(reason)})" for reason, names in by_reason.items())


def _quiet_models(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    by_outcome: dict[Outcome, list[ModelReport]] = defaultdict(list)
    for model in report.models:
        by_outcome[model.outcome].append(model)
    equal = [model for model in by_outcome[Outcome.UNCHANGED] if not words.sampled(model)]
    in_samples = [model for model in by_outcome[Outcome.UNCHANGED] if words.sampled(model)]
    for label, models, word in (
        ("Equal", equal, f", {_compared(equal)}: "),
        ("Equal in a sample", in_samples, f", {_compared(in_samples)}: "),
        ("Equal by SQL", by_outcome[Outcome.EQUIVALENT], ": "),
        ("Nothing shown", by_outcome[Outcome.VACUOUS], " without rows on either side: "),
        ("Varies without the change", by_outcome[Outcome.NOISE], ": "),
    ):
        names = [labels.of(model.unique_id) for model in models]
        if names:
            yield Line(label, f"{figures.plural(len(names), 'model')}{word}{dress.names(names, _LISTED)}")


def _compared(models: Iterable[ModelReport]) -> str:
    return f"{figures.plural(sum(model.rows.unchanged or 0 for model in models if model.rows), 'row')} compared"


def _skipped(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    skipped = [model for model in report.models if model.outcome is Outcome.SKIPPED and not is_unreadable(model)]
    if skipped:
        groups = [f"{names} ({reason})" for reason, names in _by_reason(skipped, labels, dress).items()]
        yield Line("Skipped", "; ".join(dress.listed(groups)))


def _untouched(report: Report, labels: Labels, dress: Dress) -> Iterable[Line]:
    if report.same_sql:
        names = dress.names([labels.of(unique_id) for unique_id in report.same_sql], _LISTED)
        yield Line("Code changed, same compiled SQL", names)
    if report.equivalent:
        names = dress.names([labels.of(unique_id) for unique_id in report.equivalent], _LISTED)
        yield Line("Proven equal from the SQL, so not built", names)
    if report.spared:
        yield Line("Not reached, so not built", _spared(report, report.spared, labels, dress))
    metadata = [
        f"{dress.name(labels.of(change.unique_id))} ({dress.prose(', '.join(change.what))})"
        for change in report.metadata
    ]
    if metadata:
        yield Line("Only metadata changed", ", ".join(dress.listed(metadata)))


def _spared(report: Report, spared: Spared, labels: Labels, dress: Dress) -> str:
    below = sum(model.change.kind is ChangeKind.DOWNSTREAM for model in report.models) + len(spared.models)
    confined = [
        f"{dress.name(labels.of(uid))} in {dress.names(columns, _COLUMNS_LISTED)}"
        for uid, columns in spared.confined.items()
    ]
    tests = f" {figures.plural(spared.tests, 'dbt test')} not run." if spared.tests else ""
    of_below = f"{figures.count(len(spared.models))} of {figures.plural(below, 'model')} below"
    names = dress.names([labels.of(uid) for uid in spared.models], _LISTED)
    verb = "reads" if len(spared.models) == 1 else "read"
    return f"{of_below} {verb} none of what can differ ({', '.join(dress.listed(confined))}).{tests} {names}"


def _by_reason(models: Iterable[ModelReport], labels: Labels, dress: Dress) -> dict[str, str]:
    """The names of these models by their reason, both dressed."""
    found: dict[str, list[str]] = defaultdict(list)
    for model in models:
        messages = [finding.message for finding in model.findings if finding.outcome is model.outcome]
        reason = beginning(model.reason or "; ".join(messages)) or "no reason is known"
        found[dress.prose(reason)].append(labels.of(model.unique_id))
    return {reason: dress.names(names) for reason, names in found.items()}
