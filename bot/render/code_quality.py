"""A report as a Code Quality report of GitLab: what needs a reader, on the files of the models that it is about.

GitLab shows it beside the diff of a merge request, without any token. Fingerprints are how it tells what is new from
what was there before: nothing that changes with the data goes into one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core import verdict
from bot.core.annotations import path_of, told_by_others
from bot.core.wording import count
from bot.domain import Acceptance, Finding, Grade, ModelReport, Outcome, Report
from bot.render import lines_of_tests, words
from bot.render.dress import PLAIN, Labels
from bot.render.escape import capped, shown, visible

_LONGEST = 1_000
_SEVERITIES = {Grade.WARN: "minor", Grade.FAIL: "critical", Grade.ERROR: "blocker"}
_ACCEPTED = "info"


@dataclass(frozen=True)
class _Remark:
    """What is said of a model's file. `about` tells it from the other remarks of the model; texts are untrusted."""

    model: str
    check: str
    grade: Grade
    message: str
    about: tuple[str, ...] = ()
    accepted: Acceptance | None = None


def code_quality(report: Report, project_dir: str) -> str:
    """The document: an array, in ASCII, with a line end at its end; empty where nothing needs a reader.

    Each finding that does not pass stands alone. Of a model that changed only because of another, that is told there.
    Models of installed packages, and what is about no model, have no file and are left out. Nothing shows values of the
    data.

    Args:
        project_dir: the project's folder relative to the repository, `.` where it is the root.
    """
    paths = {model.unique_id: path_of(model, report, project_dir) for model in report.models}
    labels = Labels(report.models)
    home = report.run.slug or report.run.project
    seen: set[str] = set()
    found = []
    for one in _remarks(report, labels):
        path = paths.get(one.model)
        if path is not None and one.grade is not Grade.PASS:
            fingerprint = _fingerprint(home, one, seen)
            seen.add(fingerprint)
            found.append(_entry(one, labels.of(one.model), path, fingerprint))
    return json.dumps(found, indent=2) + "\n"


def _entry(one: _Remark, label: str, path: str, fingerprint: str) -> Mapping[str, object]:
    is_accepted = words.is_accepted(one.grade, one.accepted)
    told = f"{label}: {one.message}{f' (accepted by {one.accepted.by})' if one.accepted and is_accepted else ''}"
    return {
        "description": capped(visible(" ".join(told.split())), _LONGEST),
        "check_name": f"proofbot/{shown(one.check, 100)}",
        "fingerprint": fingerprint,
        "severity": _ACCEPTED if is_accepted else _SEVERITIES[one.grade],
        "location": {"path": visible(path), "lines": {"begin": 1}},
    }


def _fingerprint(home: str, one: _Remark, seen: Iterable[str]) -> str:
    """By what GitLab knows the remark again: which project, model, check, columns; a number where these repeat."""
    time = 0
    while True:
        said = json.dumps([home, one.model, one.check, *one.about, *([time] if time else [])])
        found = hashlib.sha256(said.encode()).hexdigest()
        if found not in seen:
            return found
        time += 1


def _remarks(report: Report, labels: Labels) -> Iterator[_Remark]:
    silent = told_by_others(report)
    following = Counter(root for roots in silent.values() for root in roots)
    of_tests: dict[str | None, Grade] = {}
    for test in report.tests:
        of_tests[test.model] = verdict.worst([test.grade, of_tests.get(test.model, Grade.PASS)])
    for model in report.models:
        if model.unique_id not in silent:
            yield from _of_model(model, following[model.unique_id], of_tests.get(model.unique_id, Grade.PASS))
    for test in report.tests:
        said = f"dbt test {test.name} was not run"
        if test.head not in (None, "skipped"):
            said = lines_of_tests.failure(replace(test, accepted=None), labels, PLAIN)
        yield _Remark(test.model or "", "dbt test", test.grade, said, (test.unique_id,), test.accepted)
    files = {model.unique_id for model in report.models}
    for named in report.named:
        on = next((uid for uid in named.models if uid in files), "")
        said = f"{named.check} {named.name}: {named.finding.message}"
        yield _Remark(on, named.check, named.finding.grade, said, (named.name,), named.accepted)


def _of_model(model: ModelReport, following: int, of_tests: Grade) -> Iterator[_Remark]:
    more = f"; {count(following, 'model')} downstream changed only because of it" if following else ""
    uid, bad = model.unique_id, [one for one in model.findings if one.grade is not Grade.PASS]
    for finding in bad:
        if finding.check == "tests" and verdict.worst([finding.grade, of_tests]) is of_tests:
            continue  # each test stands alone
        said = f"{finding.check}: {finding.message.rstrip('.')}{more}"
        yield _Remark(uid, finding.check, finding.grade, said, _columns(finding, model), model.accepted)
        more = ""
    if model.grade not in {one.grade for one in bad}:
        reason = words.beginning(model.reason or "")
        said = f"{words.outcome(model)}{f': {reason}' if reason else ''}{more}"
        yield _Remark(uid, "outcome", model.grade, said, (), model.accepted)


def _columns(finding: Finding, model: ModelReport) -> tuple[str, ...]:
    """The columns that a finding is about, where what it says is of some columns only."""
    columns = model.columns
    if columns is None or finding.outcome is not Outcome.CHANGED:
        return ()
    if finding.check == "schema":
        return tuple(sorted({*columns.added, *columns.removed, *columns.type_changed}))
    if finding.check == "values":
        return tuple(sorted(name for name, number in columns.changed.items() if number))
    return ()
