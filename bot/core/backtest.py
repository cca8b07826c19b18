"""What past requests would have met at the gate: by which rules it would have been closed, under which policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bot.domain import Grade, Preset, Report, Revision, Status

_CLOSING = (Grade.FAIL, Grade.ERROR)
_READ_BY_PEOPLE = frozenset({".md", ".rst", ".png", ".svg", ".jpg", ".jpeg", ".gif", ".pdf"})
_OF_FORGES = frozenset(
    {".github", ".gitlab", ".gitlab-ci.yml", ".gitignore", ".gitattributes", "LICENSE", "CODEOWNERS"}
)


@dataclass(frozen=True, slots=True)
class Merged:
    """A request that was merged: the commit on the default branch, and the two that are compared, of which `base` may
    be ahead of where head left it."""

    merge: Revision
    base: str
    head: str


@dataclass(frozen=True)
class Trial:
    """What became of one of them.

    `status` is what the policy in force says; None where it could not be proven, and `words` say why. `rules` are those
    that would have closed the gate, each once. `presets` is what each preset says without any rules of the project's.
    """

    merged: Merged
    status: Status | None
    words: str
    seconds: float = 0.0
    rules: tuple[str, ...] = ()
    presets: Mapping[Preset, Status] = field(default_factory=dict)


def concerns_data(paths: Iterable[str]) -> bool:
    """Whether any of the files that a request has changed may matter to a build: not those that only people or forges
    read."""
    return any(not _is_read_elsewhere(PurePosixPath(path)) for path in paths)


def without_builds(merged: Merged) -> Trial:
    """The trial of a request that changed nothing that matters to a build."""
    return Trial(merged, Status.SUCCESS, "no file of the project", presets=dict.fromkeys(Preset, Status.SUCCESS))


def closing_rules(report: Report) -> tuple[str, ...]:
    """The rules that close the gate, each once; `could not run` where nothing could be compared."""
    if report.problem is not None:
        return (f"could not run: {report.problem.title}",)
    return tuple(sorted({rule for grade, rule in _judged(report) if grade in _CLOSING and rule}))


def closed_by_rule(trials: Sequence[Trial]) -> tuple[tuple[str, int], ...]:
    """How many requests each rule would have kept out, the most frequent first."""
    counted = Counter(rule for trial in trials for rule in trial.rules)
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def closed_by_preset(trials: Sequence[Trial]) -> dict[Preset, int]:
    """How many requests each preset would have kept out, of those that could be proven."""
    return {
        preset: sum(trial.presets.get(preset, Status.SUCCESS) is not Status.SUCCESS for trial in proven(trials))
        for preset in Preset
    }


def closed(trials: Sequence[Trial]) -> int:
    """How many requests the policy in force would have kept out."""
    return sum(trial.status is not Status.SUCCESS for trial in proven(trials))


def proven(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Those of which something is known."""
    return tuple(trial for trial in trials if trial.status is not None)


def document(trials: Sequence[Trial], branch: str) -> dict[str, object]:
    """The backtest as a JSON value.

    Args:
        branch: the default branch, as people call it.
    """
    return {
        "branch": branch,
        "proven": len(proven(trials)),
        "closed": closed(trials),
        "presets": {preset.value: number for preset, number in closed_by_preset(trials).items()},
        "rules": [{"rule": rule, "requests": number} for rule, number in closed_by_rule(trials)],
        "requests": [
            {
                "commit": trial.merged.merge.commit,
                "subject": trial.merged.merge.subject,
                "base": trial.merged.base,
                "head": trial.merged.head,
                "status": trial.status.value if trial.status else None,
                "words": trial.words,
                "seconds": trial.seconds,
                "rules": list(trial.rules),
                "presets": {preset.value: status.value for preset, status in trial.presets.items()},
            }
            for trial in trials
        ],
    }


def _judged(report: Report) -> Iterator[tuple[Grade, str]]:
    for model in report.models:
        yield model.grade, model.rule
        yield from ((finding.grade, finding.rule) for finding in model.findings)
    yield from ((test.grade, test.rule) for test in report.tests)
    yield from ((one.finding.grade, one.rule) for one in report.named)
    yield from ((unmet.grade, unmet.rule) for unmet in report.unmet)


def _is_read_elsewhere(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _READ_BY_PEOPLE or path.parts[0] in _OF_FORGES
