"""Who reads the models from outside: exposures, metrics, semantic models, saved queries; and by which columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core import grammars
from bot.core.lineage.facts import Touch
from bot.core.lineage.sources import ROWS, Input
from bot.domain import Exposure, Project, Reader, Through

_KINDS = ("exposure", "semantic_model", "metric", "saved_query")  # each reads only those before it, and exposures all
_Show = Callable[[Iterable[Input]], tuple[Through, ...]]


def read_by(project: Project, seen: Mapping[str, Touch], may: Mapping[str, Touch], show: _Show) -> tuple[Reader, ...]:
    """The readers that are reached, exposures first.

    Args:
        project: head.
        seen: what was seen to have changed of each model.
        may: what may have changed of each.
        show: how columns are told.
    """
    told = _Readers(project)
    found = []
    for reader in told.all():
        columns = {uid: told.columns(reader, uid) for uid in told.models(reader)}
        certain, possible = (_hit(columns, touches) for touches in (seen, may))
        if certain or possible:
            found.append(
                Reader(
                    unique_id=reader.unique_id,
                    name=reader.label or reader.name,
                    kind=reader.kind or reader.unique_id.split(".", 1)[0],
                    owner=reader.owner,
                    reads=tuple(dict.fromkeys(one.unique_id for one in (*certain, *possible))),
                    through=show(certain or possible),
                    is_measured=bool(certain),
                )
            )
    return tuple(found)


def readers_of(project: Project, uid: str, column: str = "") -> tuple[str, ...]:
    """The unique ids of those that read a model from outside, or may read one column of it."""
    told = _Readers(project)
    found = []
    for reader in told.all():
        columns = told.columns(reader, uid) if uid in told.models(reader) else frozenset[str]()
        if columns is None or (columns and (not column or column.lower() in columns)):
            found.append(reader.unique_id)
    return tuple(found)


def _hit(columns: Mapping[str, frozenset[str] | None], touches: Mapping[str, Touch]) -> list[Input]:
    found = []
    for uid, names in columns.items():
        touch = touches.get(uid, Touch())
        if touch.whole:
            found.append(Input(uid, ROWS))
        else:
            found += [Input(uid, name) for name in sorted(touch.columns) if names is None or name in names]
    return found


@dataclass(frozen=True)
class _Readers:
    """The readers of a project, and which models and columns they read."""

    project: Project

    def all(self) -> list[Exposure]:
        """All readers that people know of, exposures first."""
        found = [*self.project.exposures.values(), *self.project.readers.values()]
        wanted = [one for one in found if one.unique_id.split(".", 1)[0] in _KINDS]
        return sorted(wanted, key=lambda one: (_KINDS.index(one.unique_id.split(".", 1)[0]), one.unique_id))

    def models(self, reader: Exposure) -> tuple[str, ...]:
        """The nodes that a reader reads, by itself or through other readers."""
        return tuple(uid for uid in self._above(reader) if uid in self.project.nodes)

    def columns(self, reader: Exposure, uid: str) -> frozenset[str] | None:
        """The columns of a model that a reader may read, in lower case; None where nobody knows."""
        if uid in reader.depends_on and not reader.expressions:
            return None
        found: set[str] = set()
        above = [one for name in self._above(reader) if (one := self._reader(name)) is not None]
        metrics = [one for one in (reader, *above) if one.unique_id.startswith("metric.")]
        measures = {name for metric in metrics for name in metric.measures}
        for one in (reader, *above):
            if uid not in one.depends_on:
                continue
            is_read_by_metrics_alone = metrics and (reader in metrics or one.unique_id not in reader.depends_on)
            is_narrow = is_read_by_metrics_alone and all(metric.measures for metric in metrics)
            names = self._names(one, measures if is_narrow else one.measures)
            if names is None:
                return None
            found |= names
        return frozenset(found)

    def _names(self, semantic: Exposure, measures: Iterable[str]) -> set[str] | None:
        """The columns that a semantic model's entities, dimensions and these measures read; without any, all do."""
        if not semantic.expressions:
            return None
        wanted = set(measures) or set(semantic.measures)
        found: set[str] = set()
        for name, expression in semantic.expressions.items():
            if name in wanted or name not in semantic.measures:
                names = _columns(expression, grammars.of(self.project.adapter))
                if names is None:
                    return None
                found |= names
        return found

    def _reader(self, uid: str) -> Exposure | None:
        return self.project.readers.get(uid) or self.project.exposures.get(uid)

    def _above(self, reader: Exposure) -> list[str]:
        found: dict[str, None] = {}
        waiting = list(reader.depends_on)
        while waiting:
            uid = waiting.pop()
            if uid not in found:
                found[uid] = None
                above = self._reader(uid)
                waiting.extend(above.depends_on if above else ())
        return sorted(found)


def _columns(expression: str, grammar: str) -> set[str] | None:
    """The columns in an expression, in lower case; None where it is not understood, or may mean all."""
    try:
        tree = sqlglot.parse_one(expression, read=grammar or None)
    except (SqlglotError, ValueError, RecursionError):
        return None
    if tree.find(exp.Query, exp.Command) or any(isinstance(one.this, exp.Star) for one in tree.find_all(exp.Column)):
        return None
    return {one.parts[0].name.lower() for one in tree.find_all(exp.Column)} | {
        one.name.lower() for one in tree.find_all(exp.Column)
    }
