"""Which expectation is about which model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core import heirs
from bot.core.config.mistakes import Mistake, clean, refuse
from bot.core.declaration_words import REMEDY, WHAT, is_pattern
from bot.core.wording import nearest
from bot.domain import Declaration, Effect, Expectation, Node, Project

_KINDS = ("model", "seed", "snapshot")
_MOST_HINTS = 10  # no more mistakes are told
_RANKS = range(6)
_UNIQUE_ID, _QUALIFIED, _NAME, _ALL_VERSIONS_QUALIFIED, _ALL_VERSIONS, _FOLDERS = _RANKS
_BARE = (_NAME, _ALL_VERSIONS)


@dataclass(frozen=True)
class Resolved:
    """The expectation about each model, by unique id; a model that no entry names is not in it.

    `expectations` are all there are. `gone` and `new` are the models that only base, or only head, has.
    """

    by_model: Mapping[str, Expectation] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()
    gone: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()


def resolve(declaration: Declaration, base: Project, head: Project) -> Resolved:
    """Finds the models (and seeds, and snapshots) of either side that each expectation is about.

    An exact name beats a pattern, and that of fewer models one of more. Of patterns, the one with more characters
    beside its `*` wins, then the later. A model that goes on under another name is called by either.

    Raises:
        UsageError: names or patterns that fit no model, that fit several, or that name a model twice: all of them.
    """
    names = _Names(base, head)
    mistakes: list[Mistake] = []
    exact: dict[str, list[tuple[Expectation, frozenset[str], int]]] = {}
    patterns: dict[str, list[tuple[Expectation, int]]] = {}
    for index, one in enumerate(declaration.expectations):
        if is_pattern(one.models):
            found = names.fitting(one.models)
            for unique_id in found:
                patterns.setdefault(unique_id, []).append((one, index))
        else:
            found, rank = names.called(one)
            for unique_id in found:
                exact.setdefault(unique_id, []).append((one, found, rank))
        if not found:
            hint = names.hint(one.models) if len(mistakes) < _MOST_HINTS else ""
            mistakes.append(_mistake(one, f"no model, seed or snapshot of either side is called so{hint}", index))
        elif not is_pattern(one.models) and (packages := names.packages(found)):
            listed = " and ".join(f"`{package}`" for package in packages)
            words = f"packages {listed} both have it: write it with its package, `{packages[0]}.{one.models}`"
            mistakes.append(_mistake(one, words, index))
    mistakes += _twice(exact.values(), declaration.expectations)
    if mistakes:
        refuse(mistakes, REMEDY, WHAT)
    by_pattern = {u: max(some, key=lambda one: (_literal(one[0]), one[1]))[0] for u, some in patterns.items()}
    by_name = {u: min(some, key=lambda one: (len(one[1]), one[2]))[0] for u, some in exact.items()}
    return Resolved({**by_pattern, **by_name}, declaration.expectations, names.gone, names.new)


def _mistake(expectation: Expectation, words: str, index: int) -> Mistake:
    return Mistake(expectation.where, clean(expectation.models), words, (index, 0))


def _literal(expectation: Expectation) -> int:
    return len(expectation.models) - expectation.models.count("*")


def _twice(
    entries: Iterable[Sequence[tuple[Expectation, frozenset[str], int]]], order: Sequence[Expectation]
) -> Iterator[Mistake]:
    """Entries that name the same models in two ways."""
    places = {one.where: index for index, one in enumerate(order)}
    for some in entries:
        first: dict[frozenset[str], Expectation] = {}
        for one, found, _ in some:
            other = first.setdefault(found, one)
            if other is not one:
                words = f"it is the same as `{clean(other.models)}`, which is declared in {other.where}"
                yield _mistake(one, words, places[one.where])


class _Names:
    """What the nodes of both sides are called."""

    def __init__(self, base: Project, head: Project) -> None:
        self.gone = frozenset(base.nodes.keys() - head.nodes.keys())
        self.new = frozenset(head.nodes.keys() - base.nodes.keys())
        self._own = (head.name, base.name)
        self._nodes = {u: n for u, n in {**base.nodes, **head.nodes}.items() if n.resource_type in _KINDS}
        self._heirs = {old: new for new, old in heirs.find(base, head).items() if {old, new} <= self._nodes.keys()}
        self._spellings = {u: dict(_spellings(node)) for u, node in self._nodes.items()}
        self._by_spelling: dict[str, dict[str, int]] = {}
        for unique_id, spellings in self._spellings.items():
            for spelling, rank in spellings.items():
                self._by_spelling.setdefault(spelling, {})[unique_id] = rank

    def called(self, expectation: Expectation) -> tuple[frozenset[str], int]:
        """The nodes that a name means, and how exact it is (0: unique id)."""
        ranked = self._by_spelling.get(expectation.models, {})
        if ranked and min(ranked.values()) in _BARE:  # as for dbt, a bare name is the project's own where it has it
            ranked = {u: rank for u, rank in ranked.items() if self._nodes[u].package in self._own} or ranked
        rank = min(ranked.values(), default=_UNIQUE_ID)
        found = {unique_id for unique_id, of in ranked.items() if of == rank}
        # A seed that becomes a model of the same name is one that goes, and one that comes.
        meant = {Effect.REMOVED: self.gone, Effect.ADDED: self.new}.get(expectation.effect)
        if meant is not None:
            return frozenset(found & meant or found), rank
        return frozenset(self._heirs.get(unique_id, unique_id) for unique_id in found), rank

    def packages(self, found: Iterable[str]) -> list[str]:
        """The packages of what a name means, where it means things of several."""
        packages = sorted({self._nodes[unique_id].package for unique_id in found})
        return packages if len(packages) > 1 else []

    def fitting(self, pattern: str) -> frozenset[str]:
        """The nodes of which a name fits a pattern, those left out that go on under another name."""
        parts = pattern.split("*")
        return frozenset(
            unique_id
            for unique_id, spellings in self._spellings.items()
            if unique_id not in self._heirs
            and any(rank != _UNIQUE_ID and _fits(parts, name) for name, rank in spellings.items())
        )

    def hint(self, name: str) -> str:
        """`; did you mean ...?`, with the name that comes nearest."""
        if is_pattern(name):
            return ""
        dotted = "." in name
        known = [spelling for spelling, of in self._by_spelling.items() if dotted or min(of.values()) in _BARE]
        found = nearest(name, known)
        return f"; did you mean `{clean(found)}`?" if found else ""


def _spellings(node: Node) -> Iterator[tuple[str, int]]:
    """By what a node can be called, the most exact last."""
    for parts in (node.fqn, node.fqn[1:]):
        if parts:
            yield ".".join(parts), _FOLDERS
    yield node.name, _ALL_VERSIONS
    yield f"{node.package}.{node.name}", _ALL_VERSIONS_QUALIFIED
    full = node.name if node.version is None else f"{node.name}.v{node.version}"
    yield full, _NAME
    yield f"{node.package}.{full}", _QUALIFIED
    yield node.unique_id, _UNIQUE_ID


def _fits(parts: Sequence[str], name: str) -> bool:
    """Whether a name is these parts in their order, with anything between them. It takes no longer for any parts."""
    first, *middle, last = parts
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    position, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
