"""What was seen becomes events, each with what the preset `standard` makes of it. Fails closed.

A change of existing data that nobody declared closes the gate. What is only added passes. What was as bad before is a
warning. Where a check has thresholds, these decide; but what shows less than it seems to is never better than a
warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bot.core.standing import Standing
from bot.domain import Bound, ChangeKind, Event, Finding, Grade, Outcome, Verified

_DECLARABLE = frozenset({"schema", "row_count", "values", "query", "metric"})


class Meaning(NamedTuple):
    """An event, and its grade under the preset `standard`."""

    event: Event
    grade: Grade


# What becomes of what was declared. UNKNOWN has no event of its own: it is an error, and stays one.
_OF_DECLARED = {
    Verified.ABSENT: Meaning(Event.ABSENT, Grade.FAIL),
    Verified.OUTSIDE: Meaning(Event.OUTSIDE, Grade.FAIL),
    Verified.NOT_DECLARED: Meaning(Event.CHANGED, Grade.FAIL),
    Verified.UNKNOWN: Meaning(Event.DECLARED, Grade.ERROR),
}


def of_finding(finding: Finding, *, is_declared: bool) -> list[Meaning]:
    """What a finding means that is no error; nothing where all is as it was.

    Args:
        is_declared: what happened to the model was declared so. That covers what `schema`, `row_count` and `values`
            say of it, and what a query or a metric of the author's own shows.
    """
    if finding.measures.get("known") is True:  # it fails as the baseline says, whatever limits say
        return [Meaning(Event.KNOWN, Grade.WARN), *_gaps(finding)]
    found = _BY_CHECK.get(finding.check, _of_data)(finding)
    if finding.bound is not Bound.NONE:  # the maintainers' own numbers decide
        found = [one for one in found if one.grade is Grade.ERROR]
    elif is_declared and finding.check in _DECLARABLE:
        found = [Meaning(Event.DECLARED, Grade.PASS) if one.event is Event.CHANGED else one for one in found]
    if finding.bound is Bound.FAIL:
        found.append(Meaning(Event.FAILED if finding.check == "assertion" else Event.BEYOND, Grade.FAIL))
    return [*found, *_gaps(finding)]


def of_declared(verified: Verified, *, is_mentioned: bool) -> list[Meaning]:
    """What it means for a model as a whole how it fits what was declared. Of one that no declaration mentions, its
    findings tell."""
    if verified is Verified.NOT_DECLARED and not is_mentioned:
        return []
    return [_OF_DECLARED[verified]] if verified in _OF_DECLARED else []


def of_standing(standing: Standing) -> Meaning | None:
    """What it means that a model has no counterpart by the request's own doing; None where it should have one."""
    if standing.change.kind is ChangeKind.ADDED:
        return Meaning(Event.ADDED, Grade.PASS)
    if standing.change.kind is ChangeKind.REMOVED:
        return Meaning(Event.REMOVED, Grade.WARN)
    one_sided = (standing.base is None) != (standing.head is None)
    if not (standing.by_nature and one_sided):
        return None
    return Meaning(Event.SKIPPED if standing.base is None else Event.REMOVED, Grade.WARN)


def _gaps(finding: Finding) -> list[Meaning]:
    """Where less was shown than it seems."""
    measures = finding.measures
    misfits = measures.get("misfits")
    found = []
    if finding.outcome is Outcome.VACUOUS:
        found.append(Event.VACUOUS)
    if measures.get("sampled") is not None and finding.outcome is Outcome.UNCHANGED:
        found.append(Event.SAMPLED)
    if measures.get("incomparable") or (
        isinstance(misfits, list) and any(one.get("grade") != Grade.PASS for one in misfits)
    ):
        found.append(Event.LIMITED)
    return [Meaning(event, Grade.WARN) for event in found]


def _of_schema(finding: Finding) -> list[Meaning]:
    found = []
    if finding.measures.get("contract"):
        found.append(Meaning(Event.FAILED, Grade.FAIL))
    if any(finding.measures.get(name) for name in ("removed", "type_changed")):
        found.append(Meaning(Event.CHANGED, Grade.FAIL))
    elif finding.measures.get("added"):
        found.append(Meaning(Event.CHANGED, Grade.PASS))
    if finding.measures.get("order_changed"):
        found.append(Meaning(Event.REORDERED, Grade.WARN))
    return found


def _of_keys(finding: Finding) -> list[Meaning]:
    base, head = finding.measures.get("base"), finding.measures.get("head")
    if not isinstance(head, Mapping):
        return _if_skipped(finding, Grade.PASS)
    bad = [name for name in ("null_rows", "duplicate_keys", "duplicate_rows") if head.get(name)]
    if any(not isinstance(base, Mapping) or head[name] > base.get(name, 0) for name in bad):
        return [Meaning(Event.FAILED, Grade.FAIL)]
    return [Meaning(Event.FAILED_BEFORE, Grade.WARN)] if bad else []


def _of_build(finding: Finding) -> list[Meaning]:
    if finding.outcome is Outcome.CHANGED:  # it did not build at base, so there is nothing to compare with
        return [Meaning(Event.SKIPPED, Grade.WARN)]
    return _if_skipped(finding, Grade.ERROR)


def _of_tests(finding: Finding) -> list[Meaning]:
    told = {
        "silent": Meaning(Event.FAILED, Grade.ERROR),
        "newly_failing": Meaning(Event.FAILED, Grade.FAIL),
        "failed_before": Meaning(Event.FAILED_BEFORE, Grade.WARN),
        "known": Meaning(Event.KNOWN, Grade.WARN),
        "warning": Meaning(Event.WARNED, Grade.WARN),
    }
    return [meaning for kind, meaning in told.items() if finding.measures.get(kind)]


def _of_values(finding: Finding) -> list[Meaning]:
    return _if_skipped(finding, Grade.WARN) or _of_data(finding)


def _of_information(finding: Finding) -> list[Meaning]:
    if finding.outcome is Outcome.CHANGED:
        return [Meaning(Event.CHANGED, Grade.PASS)]
    return _if_skipped(finding, Grade.PASS)


def _of_increment(finding: Finding) -> list[Meaning]:
    """How it is to be deployed is advice: `values` judges what changed."""
    if finding.outcome is Outcome.CHANGED:
        return [Meaning(Event.CHANGED, Grade.WARN)]
    return _if_skipped(finding, Grade.PASS)


def _of_data(finding: Finding) -> list[Meaning]:
    if finding.outcome is Outcome.NOISE:
        return [Meaning(Event.NOISE, Grade.PASS)]
    if None in (finding.measures.get("base", 0), finding.measures.get("head", 0)):
        return []  # it exists on one side only, which is judged as such
    if finding.outcome is Outcome.CHANGED:
        return [Meaning(Event.FAILED if finding.check == "assertion" else Event.CHANGED, Grade.FAIL)]
    return _if_skipped(finding, Grade.PASS)


def _if_skipped(finding: Finding, standard: Grade) -> list[Meaning]:
    return [Meaning(Event.SKIPPED, standard)] if finding.outcome is Outcome.SKIPPED else []


_BY_CHECK = {
    "schema": _of_schema,
    "keys": _of_keys,
    "build": _of_build,
    "tests": _of_tests,
    "values": _of_values,
    "profile": _of_information,
    "top_k": _of_information,
    "histogram": _of_information,
    "increment": _of_increment,
}
