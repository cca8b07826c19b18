"""What is known to fail on the default branch, so that only what is new closes the gate.

An entry never helps what is new: it counts only where the thing fails at base of the same run, too, and no worse. So
what was mended leaves the baseline by itself, whatever the file says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain import Bound, Finding, Grade, NamedReport, NodeResult, Outcome, Project, TestReport
from bot.errors import UsageError

_VERSION = 1
_KEY_COUNTS = ("null_rows", "duplicate_keys", "duplicate_rows")
_REMEDY = "Write it anew by `proofbot baseline`."


class Kind(StrEnum):
    """What fails."""

    ASSERTION = "assertion"
    KEYS = "keys"
    TEST = "test"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Something that fails: what it is, of which model (unique id; empty of an assertion), its name (the unique id of a
    test; `null_rows of id` of a key), and in how many rows."""

    kind: Kind
    model: str
    name: str
    count: int


@dataclass(frozen=True)
class Baseline:
    """What is known to fail. `where` is the file; empty where there is none."""

    entries: tuple[Entry, ...] = ()
    where: str = ""

    def count(self, kind: Kind, model: str, name: str) -> int:
        """In how many rows this is known to fail; 0 where it is not."""
        return next((one.count for one in self.entries if (one.kind, one.model, one.name) == (kind, model, name)), 0)


@dataclass(frozen=True)
class Progress:
    """What became of a baseline: what fails that did not, what does not any more, and what fails in more or fewer rows
    than before (before, after)."""

    new: tuple[Entry, ...]
    mended: tuple[Entry, ...]
    moved: tuple[tuple[Entry, Entry], ...]


def read(text: str, where: str) -> Baseline:
    """The baseline that a file says.

    Raises:
        UsageError: it is none of this version.
    """
    try:
        found = json.loads(text)
        entries = [
            Entry(Kind(one["kind"]), str(one["model"]), str(one["name"]), int(one["count"])) for one in found["known"]
        ]
        version = found["version"]
    except (ValueError, TypeError, LookupError) as error:
        raise UsageError(f"the baseline cannot be read: {error}", where=where, remedy=_REMEDY) from None
    if version != _VERSION:
        raise UsageError(f"the baseline is of version {version!r}, and not {_VERSION}", where=where, remedy=_REMEDY)
    return Baseline(tuple(sorted(entries)), where)


def text(entries: Iterable[Entry]) -> str:
    """The file: a line for each entry, sorted, so that differences can be read."""
    lines = [
        json.dumps({"kind": one.kind.value, "model": one.model, "name": one.name, "count": one.count})
        for one in sorted(entries)
    ]
    listed = ",".join(f"\n    {line}" for line in lines)
    return f'{{\n  "version": {_VERSION},\n  "known": [{listed}{chr(10) + "  " if lines else ""}]\n}}\n'


def of_tests(results: Mapping[str, NodeResult], project: Project) -> tuple[Entry, ...]:
    """The dbt tests that fail. One that ran into an error is in no baseline."""
    found = []
    for uid, result in results.items():
        test = project.tests.get(uid)
        if test is not None and result.status == "fail":
            model = test.model or next(iter(test.depends_on), "")
            found.append(Entry(Kind.TEST, model, uid, result.failures or 1))
    return tuple(found)


def of_keys(unique_id: str, findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """What is wrong with the key of a model at head."""
    for finding in findings:
        head = finding.measures.get("head")
        if finding.check == "keys" and isinstance(head, Mapping):
            return tuple(
                Entry(Kind.KEYS, unique_id, _key(finding, name), head[name]) for name in _KEY_COUNTS if head.get(name)
            )
    return ()


def of_named(named: Iterable[NamedReport]) -> tuple[Entry, ...]:
    """The assertions that find more rows than they allow."""
    return tuple(
        Entry(Kind.ASSERTION, "", one.name, _rows(one.finding, "rows") or 0)
        for one in named
        if one.check == "assertion" and one.finding.bound in (Bound.FAIL, Bound.WARN)
    )


def compare(before: Sequence[Entry], after: Sequence[Entry]) -> Progress:
    """What became of a baseline."""
    old, new = ({(one.kind, one.model, one.name): one for one in entries} for entries in (before, after))
    return Progress(
        new=tuple(sorted(new[key] for key in new.keys() - old.keys())),
        mended=tuple(sorted(old[key] for key in old.keys() - new.keys())),
        moved=tuple(sorted((old[key], new[key]) for key in old.keys() & new.keys() if old[key] != new[key])),
    )


def mark_tests(tests: Iterable[TestReport], baseline: Baseline) -> tuple[TestReport, ...]:
    """The tests, those marked that fail as is known: at base, too, and at head in no more rows than at base or than
    the baseline says."""
    return tuple(replace(test, is_known=True) if _is_known_test(test, baseline) else test for test in tests)


def mark_findings(unique_id: str, findings: Iterable[Finding], baseline: Baseline) -> tuple[Finding, ...]:
    """The findings of a model, that of its key marked where it is as bad as is known."""
    return tuple(
        _known(finding) if finding.check == "keys" and _is_known_key(unique_id, finding, baseline) else finding
        for finding in findings
    )


def mark_named(named: Iterable[NamedReport], baseline: Baseline) -> tuple[NamedReport, ...]:
    """The named checks, those assertions marked that fail as is known. `base_rows` is what they find at base."""
    return tuple(
        replace(one, finding=_known(one.finding)) if _is_known_assertion(one, baseline) else one for one in named
    )


def _is_known_test(test: TestReport, baseline: Baseline) -> bool:
    if (test.base, test.head) != ("fail", "fail") or test.grade is not Grade.WARN:
        return False  # with more rows than at base it is as good as new
    known = baseline.count(Kind.TEST, test.model or "", test.unique_id)
    return 0 < (test.head_failures or 1) <= known


def _is_known_key(unique_id: str, finding: Finding, baseline: Baseline) -> bool:
    base, head = finding.measures.get("base"), finding.measures.get("head")
    if not isinstance(base, Mapping) or not isinstance(head, Mapping):
        return False
    bad = [name for name in _KEY_COUNTS if head.get(name)]
    return bool(bad) and all(
        head[name] <= min(base.get(name, 0), baseline.count(Kind.KEYS, unique_id, _key(finding, name))) for name in bad
    )


def _is_known_assertion(named: NamedReport, baseline: Baseline) -> bool:
    rows, at_base = _rows(named.finding, "rows"), _rows(named.finding, "base_rows")
    if named.check != "assertion" or named.is_declared or not rows or at_base is None:
        return False
    return rows <= min(at_base, baseline.count(Kind.ASSERTION, "", named.name))


def _known(finding: Finding) -> Finding:
    if finding.outcome is Outcome.ERRORED:
        return finding
    return replace(finding, measures={**finding.measures, "known": True})


def _key(finding: Finding, name: str) -> str:
    columns = finding.measures.get("columns")
    return f"{name} of {', '.join(map(str, columns)) if isinstance(columns, list) else ''}"


def _rows(finding: Finding, name: str) -> int | None:
    rows = finding.measures.get(name)
    return rows if isinstance(rows, int) else None
