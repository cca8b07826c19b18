"""The requests of `bench.accuracy`: drawn with a seed from what the projects' models allow, each with its truth."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from bench.accuracy_edits import MUTATIONS, REFACTORINGS, Edit, Operator, Site, find
from bench.accuracy_projects import Project
from bench.accuracy_truth import Oracle, Truth

_TRIES = 12  # sites that are tried for one case before another kind has its turn
TWO = "two mutations"


@dataclass(frozen=True)
class Case:
    """One pull request: `kind` is that of its first edit, or `TWO`; the edits are of different models."""

    name: str
    project: str
    kind: str
    edits: tuple[Edit, ...]
    truth: Truth

    @property
    def texts(self) -> dict[str, str]:
        """The new texts, by model."""
        return {edit.model: edit.text for edit in self.edits}


def draw(project: Project, cases: int, seed: int) -> Iterator[Case]:
    """Cases of one project: two thirds are mutations, of which every other one comes with a refactoring of another
    model, and one in nine with a second mutation; the rest are refactorings. Kinds take turns, sites are drawn."""
    chance = random.Random(f"{seed} {project.name}")
    oracle = Oracle(project)
    pools = {
        kind: _Pool(project, oracle, chance, operators, kind)
        for operators in (MUTATIONS, REFACTORINGS)
        for kind in operators
    }
    harmful, harmless = ([*operators] for operators in (MUTATIONS, REFACTORINGS))
    chance.shuffle(harmful)
    made = 0
    for turn in range(cases * 4):
        if made == cases:
            return
        if turn % 3 == 2:
            kind, edits = harmless[turn // 3 % len(harmless)], 1
        else:
            kind = harmful[(turn - turn // 3) % len(harmful)]
            edits = 1 + turn % 2
        case = _make(f"{project.name}-{made + 1:03}", pools, kind, edits, is_second_harmful=turn % 9 == 1)
        if case:
            made += 1
            yield case


class _Pool:
    """The edits of a kind that a project allows, in an order drawn by chance, no model twice as often as another."""

    def __init__(
        self, project: Project, oracle: Oracle, chance: random.Random, operators: Mapping[str, Operator], kind: str
    ) -> None:
        self.project, self.oracle, self.chance, self.kind = project, oracle, chance, kind
        by_model = []
        for model, text in project.models.items():
            edits = [*find(operators, kind, Site(model, text, project.keys[model], oracle.columns))]
            chance.shuffle(edits)
            by_model += [(number, chance.random(), edit) for number, edit in enumerate(edits)]
        self.edits = [edit for *_, edit in sorted(by_model, key=lambda one: one[:2])]

    def take(self, *, beside: Edit | None = None) -> Iterator[Edit]:
        """Edits that were not taken before, and are not of the model of the other edit."""
        for edit in self.edits[:_TRIES]:
            if beside is None or edit.model != beside.model:
                self.edits.remove(edit)
                yield edit


def _make(name: str, pools: Mapping[str, _Pool], kind: str, edits: int, *, is_second_harmful: bool) -> Case | None:
    """A case of a kind whose SQL runs; None where no site is left."""
    pool = pools[kind]
    for first in pool.take():
        truth = _truth(pool.oracle, [first])
        if truth is None or (kind in MUTATIONS and not truth.changed and pool.chance.random() < 0.7):
            continue
        if edits == 1:
            return Case(name, pool.project.name, kind, (first,), truth)
        others = MUTATIONS if is_second_harmful else REFACTORINGS
        for second in pools[pool.chance.choice([*others])].take(beside=first):
            alone, both = _truth(pool.oracle, [second]), _truth(pool.oracle, [first, second])
            if alone and both and bool(alone.changed) is is_second_harmful:
                return Case(name, pool.project.name, TWO if is_second_harmful else kind, (first, second), both)
        return Case(name, pool.project.name, kind, (first,), truth)
    return None


def _truth(oracle: Oracle, edits: list[Edit]) -> Truth | None:
    try:
        return oracle.truth({edit.model: edit.text for edit in edits})
    except duckdb.Error:
        return None
