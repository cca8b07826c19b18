"""What is said of a report in every plain rendering, whatever it is dressed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.domain import (
    Acceptance,
    Bound,
    Cause,
    CauseKind,
    ChangeKind,
    ColumnReport,
    Cost,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    NodeChange,
    Outcome,
    Report,
    RunReport,
    Unmet,
    Verified,
)
from bot.render import figures
from bot.render.dress import Dress, Labels

_GRADES = (Grade.ERROR, Grade.FAIL, Grade.WARN, Grade.PASS)
_OUTCOMES = (
    Outcome.ERRORED,
    Outcome.CHANGED,
    Outcome.NOISE,
    Outcome.VACUOUS,
    Outcome.SKIPPED,
    Outcome.UNCHANGED,
    Outcome.EQUIVALENT,
)
_CAUSES = {
    CauseKind.SQL: "own SQL",
    CauseKind.MACRO: "macro",
    CauseKind.VARIABLE: "variable",
    CauseKind.CONFIG: "config",
    CauseKind.CONTRACT: "contract",
    CauseKind.SEED: "seed data",
    CauseKind.FILE: "file",
    CauseKind.SOURCE: "source",
    CauseKind.HOOK: "hook",
    CauseKind.RELATION: "relation",
    CauseKind.NAME: "name",
}
# The date, the hour and the minute of an ISO 8601 time.
_TIME = re.compile(r"^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})[:.\d]*(Z|\+00:00)$")
_ACCEPTED = "accepted"
_DECLARED = {
    Verified.AS_DECLARED: "{}, as declared",
    Verified.ABSENT: "declared but absent",
    Verified.OUTSIDE: "outside the declared limits",
    Verified.NOT_DECLARED: "{}, not declared",
    Verified.UNKNOWN: "{}, declaration not verified",
}
_BROKEN = (Verified.ABSENT, Verified.OUTSIDE, Verified.UNKNOWN)
ONE_SIDED = (ChangeKind.ADDED, ChangeKind.REMOVED)


def worst_grade(report: Report) -> Grade:
    """The gravest grade that any model, test, named check or declaration has; pass if there is none."""
    grades = {model.grade for model in report.models} | {test.grade for test in report.tests}
    grades |= {named.finding.grade for named in report.named} | {unmet.grade for unmet in report.unmet}
    return next((grade for grade in _GRADES if grade in grades), Grade.PASS)


def headline(report: Report) -> str:
    """The verdict, as a sentence starts."""
    return report.headline[:1].upper() + report.headline[1:]


def without_models(report: Report) -> str | None:
    """What it means that no model was touched; None where one was, or where more is said of what was changed."""
    if report.models or report.tests or report.named or report.problem:
        return None
    if report.same_sql or report.equivalent or report.metadata:
        return None
    return "Nothing that this request changes has a say in what dbt builds, so there was nothing to compare."


def is_accepted(grade: Grade, accepted: Acceptance | None) -> bool:
    """Whether somebody accepted what fails, so that it fails no longer."""
    return accepted is not None and grade not in (Grade.FAIL, Grade.ERROR)


def gravest_first(models: Iterable[ModelReport]) -> list[ModelReport]:
    """The models by grade, then outcome; otherwise as they came: causes before what lies downstream."""
    return sorted(models, key=lambda model: (_GRADES.index(model.grade), _OUTCOMES.index(model.outcome)))


def worst_first(unmet: Iterable[Unmet]) -> list[Unmet]:
    """The declarations by grade; otherwise as they came."""
    return sorted(unmet, key=lambda one: _GRADES.index(one.grade))


def named_gravest_first(named: Iterable[NamedReport]) -> list[NamedReport]:
    """The named checks by grade, then outcome; otherwise as they came."""
    return sorted(named, key=lambda one: (_GRADES.index(one.finding.grade), _OUTCOMES.index(one.finding.outcome)))


def outcome(model: ModelReport) -> str:
    """What was seen of a model, in a word or two: one whose grade is not what its outcome suggests says why."""
    if is_accepted(model.grade, model.accepted):
        return _ACCEPTED
    declared = model.declared.verified if model.declared and not is_unreadable(model) else None
    if declared in _BROKEN:
        return _DECLARED[declared].format(model.outcome.value)
    if model.outcome is Outcome.UNCHANGED and model.grade in (Grade.FAIL, Grade.ERROR):
        failing = [finding for finding in model.findings if finding.grade is model.grade]
        beyond = any(finding.bound is Bound.FAIL for finding in failing)
        return f"{model.outcome.value}, {'beyond thresholds' if beyond else 'test fails'}"
    if model.outcome is Outcome.CHANGED and model.grade is Grade.PASS and any(map(is_within, model.findings)):
        return f"{model.outcome.value}, within thresholds"
    if model.outcome is Outcome.NOISE and model.noise is not None and model.noise.rows:
        return f"{model.outcome.value}, unstable rows"
    if declared is not None:
        return _DECLARED[declared].format(model.outcome.value)
    return model.outcome.value


def broken(outcome: str, blank: str, line_end: str) -> str:
    """What was seen in several lines, so that a table's column stays narrow. `blank` is what stands between words."""
    for before, after in ((",", ""), ("declared but", "absent"), ("outside the", "declared limits")):
        first, last = before.replace(" ", blank), after.replace(" ", blank)
        outcome = outcome.replace(f"{first}{blank}{last}", f"{first}{line_end}{last}")
    return outcome


def named_outcome(named: NamedReport) -> str:
    """What was seen by a named check, in a word: an assertion does not change, it holds or fails."""
    outcome = named.finding.outcome
    if is_accepted(named.finding.grade, named.accepted):
        return _ACCEPTED
    if named.check == "assertion" and outcome in (Outcome.CHANGED, Outcome.UNCHANGED):
        return "holds" if outcome is Outcome.UNCHANGED else "rows found"
    return outcome.value


def is_within(finding: Finding) -> bool:
    """Whether a finding saw a change that the thresholds of its check allow."""
    return finding.bound is Bound.WITHIN and finding.outcome is Outcome.CHANGED


def sampled(model: ModelReport) -> float | None:
    """Which share of the keys was looked at, where it were not all; the smallest that any check has."""
    shares = [finding.measures.get("sampled") for finding in model.findings]
    return min((share for share in shares if isinstance(share, float) and 0 < share < 1), default=None)


def sample(model: ModelReport) -> str:
    """`10% sample`; empty where every row was looked at."""
    share = sampled(model)
    return f"{100 * share:.3g}% sample" if share else ""


def of_sample(model: ModelReport) -> str:
    """`10% sample of the keys`, or of the rows where there is no key."""
    return f"{sample(model)} of the {'keys' if model.key else 'rows'}"


def scope(model: ModelReport) -> str:
    """Which rows were compared, where a setting leaves some out: `where amount > 0`; empty where it was all."""
    told = (finding.measures.get("scope") for finding in model.findings if finding.check == "values")
    return next((str(scope) for scope in told if scope), "")


def renamed(model: ModelReport) -> Mapping[str, str]:
    """The columns that a setting says are renamed: head's name to base's."""
    told = next((finding.measures.get("renamed") for finding in model.findings if finding.check == "schema"), None)
    return told if isinstance(told, Mapping) else {}


def is_loud(model: ModelReport) -> bool:
    """Whether a reader has to look at this model."""
    return model.grade is not Grade.PASS or model.outcome in (Outcome.CHANGED, Outcome.ERRORED)


def is_unreadable(model: ModelReport) -> bool:
    """Whether this model was not compared though it should have been."""
    refused = model.outcome is Outcome.SKIPPED and model.grade in (Grade.FAIL, Grade.ERROR)
    return refused or model.outcome is Outcome.ERRORED


def has_details(model: ModelReport) -> bool:
    """Whether there is more to say of a model than its row of the table and its reason."""
    if model.outcome in (Outcome.ERRORED, Outcome.SKIPPED):
        return model.outcome is Outcome.ERRORED
    if model.outcome is Outcome.VACUOUS or model.change.kind in ONE_SIDED:
        return any(finding.grade in (Grade.FAIL, Grade.ERROR) for finding in model.findings)
    return is_loud(model)


def kind(model: ModelReport) -> str:
    """What the request did to a model: `modified`, `added seed`."""
    noun = "" if model.resource_type == "model" else f" {model.resource_type}"
    return f"{model.change.kind.value}{noun}"


def rows(model: ModelReport) -> tuple[str, str]:
    """How many rows there were and are (`61,948 → 53,042`), and the difference; empty where there is none."""
    if model.rows is None:
        return figures.UNKNOWN, ""
    base, head = model.rows.base, model.rows.head
    if base is None and head is None:
        return figures.UNKNOWN, ""
    if base == head:
        return figures.count(head), ""
    counts = f"{figures.count(base)} → {figures.count(head)}"
    return counts, "" if base is None or head is None else figures.difference(base, head)


def changed_rows(model: ModelReport) -> str:
    """How many rows kept their key and changed. Without a key no row can be said to have changed."""
    if model.rows is None or model.key is None:
        return figures.UNKNOWN
    return figures.count(model.rows.changed)


def columns(report: ColumnReport | None) -> str:
    """What happened to the columns, in numbers: `1 added, 2 changed`."""
    if report is None:
        return ""
    numbers = (
        (len(report.added), "added"),
        (len(report.removed), "removed"),
        (len(report.type_changed), "retyped"),
        (sum(1 for number in report.changed.values() if number), "changed"),
    )
    parts = [f"{figures.count(number)} {word}" for number, word in numbers if number]
    return ", ".join([*parts, "reordered"] if report.order_changed else parts)


def causes(change: NodeChange, labels: Labels, dress: Dress) -> str:
    """Why a model is affected: `own SQL, macro x`, `downstream of a`."""
    reasons = [cause(one, dress) for one in change.causes[:12]]
    if change.upstream:
        reasons.append(f"downstream of {dress.names([labels.of(unique_id) for unique_id in change.upstream], 5)}")
    return ", ".join(reasons)


def cause(cause: Cause, dress: Dress) -> str:
    """By what a node was modified: `own SQL`, `macro x`."""
    word = _CAUSES[cause.kind]
    return f"{word} {dress.name(cause.detail)}" if cause.detail else word


def commits(run: RunReport, dress: Dress) -> str:
    """What was compared, as far as it was found: the project, and base and head with short hash and name."""
    sides = []
    for side, revision in (("base", run.base), ("head", run.head)):
        short = revision.commit[:9]
        if not short:
            continue
        name = f" ({dress.name(revision.name)})" if revision.name not in ("", revision.commit, short) else ""
        local = " with uncommitted changes" if revision.working_tree else ""
        sides.append(f"{side} {dress.name(short)}{name}{local}")
    compared = " → ".join(sides)
    return f"Project {dress.name(run.project)}, {compared}" if run.project else f"{compared[:1].upper()}{compared[1:]}"


def versions(run: RunReport, dress: Dress) -> str:
    """With what was compared, when, and at what cost."""
    dbt, warehouse = run.dbt_version, run.warehouse or run.adapter  # nothing where the run ended before they were known
    return " · ".join(
        (
            f"proofbot {dress.prose(run.version)}",
            *([f"dbt {dress.prose(dbt)}"] if dbt else []),
            *([dress.prose(warehouse)] if warehouse else []),
            f"{figures.plural(run.models_built, 'model')} built",
            figures.plural(run.statements, "statement"),
            figures.duration(run.seconds),
            *([cost(run, run.cost, dress)] if run.cost else []),
            dress.prose(_TIME.sub(r"\1 \2 UTC", run.started_at)),
        )
    )


def cost(run: RunReport, cost: Cost, dress: Dress) -> str:
    """What the warehouse says that checks and builds have taken, apart from each other."""
    checks = f"checks scanned {figures.size(cost.bytes)} in {figures.duration(cost.seconds)}"
    name = next(iter(run.warehouse.split()), "")
    of = f" of {dress.prose(name)}" if name else ""
    builds = cost.builds
    return f"{checks}{of}" + (
        f", builds {figures.size(builds.bytes)} in {figures.duration(builds.seconds)}" if builds else ""
    )


def beginning(message: str) -> str:
    """The first two lines of a message that may be long: dbt's word on where, the warehouse's on what.

    Of a Python traceback it is the first line and the last, where Python says what; the rest is paths of this machine.
    """
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        lines = [lines[0], lines[-1]] if len(lines) > 1 else lines
    return " ".join(lines[:2]) + (" …" if len(lines) > 2 else "")
