"""What a tool said of a case, held against the truth; and the tables of many cases. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tabulate import tabulate

from bench.accuracy_cases import TWO, Case
from bench.accuracy_edits import MUTATIONS, REFACTORINGS


@dataclass(frozen=True)
class Told:
    """What a tool said: the models whose data changed, their columns, and which of them stand alone as the cause (None
    where the tool does not say). `problem` is what it could not compare, and why; `built` how many models were built,
    by environment, for how many that were affected; `closed` whether the gate was."""

    changed: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    roots: frozenset[str] | None = None
    problem: str = ""
    built: Mapping[str, int] = field(default_factory=dict)
    affected: int = 0
    closed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Score:
    """One case: `missed` are changed models that were not reported, `alarms` reported ones that did not change; of
    columns and causes None where there was nothing to name. `amiss` says in words what was not right."""

    case: Case
    told: Told
    missed: frozenset[str]
    alarms: frozenset[str]
    columns: bool | None
    cause: bool | None

    @property
    def found(self) -> bool:
        """Whether every model whose own code changes data was reported."""
        return not self.missed & self.case.truth.roots

    @property
    def amiss(self) -> str:
        """What is not right, if anything."""
        said = [
            f"problem: {self.told.problem}" if self.told.problem else "",
            f"missed: {', '.join(sorted(self.missed))}" if self.missed else "",
            f"false alarm: {', '.join(sorted(self.alarms))}" if self.alarms else "",
            f"columns: {self._columns()}" if self.columns is False else "",
            f"cause: {', '.join(sorted(self.told.roots or ()))} instead of {', '.join(sorted(self.case.truth.roots))}"
            if self.cause is False
            else "",
            "closed though nothing changed" if self.told.closed and not self.case.truth.changed else "",
        ]
        return "; ".join(one for one in said if one)

    def _columns(self) -> str:
        roots, models = self.case.truth.roots, self.case.truth.models
        return ", ".join(
            f"{name}: {sorted(self.told.columns.get(name, ()))} instead of {sorted(models[name].columns)}"
            for name in sorted(roots)
        )


def score(case: Case, told: Told) -> Score:
    """Hold what a tool said against the truth."""
    truth = case.truth
    columns = [
        truth.models[name].columns
        <= told.columns.get(name, frozenset())
        <= truth.models[name].columns | truth.models[name].open
        for name in truth.roots
    ]
    cause = told.roots == truth.roots if truth.roots and told.roots is not None else None
    return Score(
        case,
        told,
        truth.changed - told.changed,
        told.changed - truth.changed - truth.open,
        all(columns) if columns else None,
        cause,
    )


def read_report(report: Mapping[str, Any]) -> Told:
    """What proofbot's report.json says."""
    models = {model["name"]: model for model in report["models"]}
    changed = {name for name, model in models.items() if model["outcome"] == "changed"}
    errored = [f"{name}: {model['reason']}" for name, model in models.items() if model["outcome"] == "errored"]
    problem = report["problem"]["title"] if report["problem"] else "; ".join(errored)
    return Told(
        frozenset(changed),
        {name: _named(model) for name, model in models.items()},
        frozenset(name for name in changed if _stands_alone(models[name])),
        " ".join(problem.split()),
        {one["name"]: one["built"] for one in (report.get("evidence") or {}).get("environments", ())},
        len(models),
        report["run"]["verdict"]["exit_code"] != 0,
        report["run"]["seconds"],
    )


def _named(model: Mapping[str, Any]) -> frozenset[str]:
    columns = model["columns"] or {}
    listed = [columns.get(what) or () for what in ("added", "removed", "changed", "type_changed")]
    became = (model.get("noise") or {}).get("became") or ()
    return frozenset(name for names in (*listed, became) for name in names)


def _stands_alone(model: Mapping[str, Any]) -> bool:
    explained = model.get("explained")
    if explained is None:
        return bool(model["change"]["kind"] != "downstream")
    return not explained["roots"] or explained["own"] is True


_KINDS = (*MUTATIONS, TWO, *REFACTORINGS)


def table(told: Mapping[str, Sequence[Score]]) -> str:
    """One line a kind of case, the sums last. The first tool is proofbot; of the others what they found and made up."""
    first = next(iter(told.values()))
    kinds = [kind for kind in _KINDS if any(one.case.kind == kind for one in first)]
    heads = ["", "cases", "change data"]
    for tool in told:
        heads += [f"{tool}: found", "false alarms", *(["columns", "cause"] if told[tool] is first else [])]
    rows = [
        [kind, *_line({tool: [one for one in some if one.case.kind == kind] for tool, some in told.items()})]
        for kind in kinds
    ]
    rows.append(["all", *_line(told)])
    right = ["right"] * (len(heads) - 1)
    return tabulate(rows, heads, tablefmt="github", disable_numparse=True, colalign=("left", *right))


def _line(told: Mapping[str, Sequence[Score]]) -> list[str]:
    first, cells = next(iter(told)), []
    for tool, some in told.items():
        real = [one for one in some if one.case.truth.changed]
        if tool == first:
            cells += [str(len(some)), str(len(real))]
        cells += [_of(one.found for one in real), str(sum(bool(one.alarms) for one in some))]
        if tool == first:
            cells += [_of(one.columns for one in real), _of(one.cause for one in real)]
    return cells


def sums(tool: str, scores: Sequence[Score]) -> str:
    """What a tool got right in all, in two sentences: by model, and by column."""
    changed = sum(len(one.case.truth.changed) for one in scores)
    missed, alarms = (sum(map(len, some)) for some in ([one.missed for one in scores], [one.alarms for one in scores]))
    return (
        f"{tool}: of {changed:,} changed models {changed - missed:,} were reported, and {alarms:,} that did not change."
        f" The columns of the root were named exactly in {_of(one.columns for one in scores)} cases."
    )


def _of(right: Iterable[bool | None]) -> str:
    values = [one for one in right if one is not None]
    return f"{sum(values)} of {len(values)}" if values else ""
