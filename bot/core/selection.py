"""dbt's own syntax for the selection of nodes, over a Project: `tag:nightly+ marts.*,config.materialized:table`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.graph import children
from bot.core.selection_members import Members
from bot.core.selection_methods import Method, SelectionError, find
from bot.domain import Project

__all__ = ["SelectionError", "select"]

_ATOM = re.compile(
    r"(?P<whole>@)?(?:(?P<up>\d*)\+)?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?:\+(?P<down>\d*))?", re.DOTALL
)
_SELECTED = frozenset({"model", "seed", "snapshot"})
_FILES = (".sql", ".py", ".csv")
_Edges = Mapping[str, Iterable[str]]


def select(expressions: str | Sequence[str], exclude: str | Sequence[str] | None, project: Project) -> frozenset[str]:
    """Returns the unique ids of the models, seeds and snapshots that dbt would select.

    As in dbt a space, or another entry of a list, adds up; a comma keeps what both sides have; `+x`, `x+`, `2+x`,
    `x+1` and `@x` walk dbt's graph. Tests are walked through and never returned. Nothing found is no error: a name may
    be there on one side of a request alone.

    Args:
        expressions: what to select; dbt's `--select`.
        exclude: what to take out again, or None; dbt's `--exclude`.
        project: where to look.

    Raises:
        SelectionError: an expression means nothing to dbt, or asks for what a comparison of two builds cannot know.
    """
    wanted = [_parse(term) for term in _terms(expressions)]
    unwanted = [_parse(term) for term in _terms(exclude)] if exclude is not None else []
    view = _View(Members(project))
    found = view.union(wanted) - view.union(unwanted)
    return frozenset(unique_id for unique_id in found if unique_id.partition(".")[0] in _SELECTED)


@dataclass(frozen=True, slots=True)
class _Atom:
    """One criterion: what is looked for, and how far the graph is followed; None is not at all, -1 to its end."""

    method: Method
    value: str
    up: int | None
    down: int | None
    whole: bool


_Term = tuple[_Atom, ...]
_END = -1


def _terms(expressions: str | Sequence[str]) -> Sequence[str]:
    listed = [expressions] if isinstance(expressions, str) else expressions
    terms = [term for entry in listed for term in entry.split()]
    if not terms:
        raise SelectionError("the selection is empty: name a model, or write `*` for all")
    return terms


def _parse(term: str) -> _Term:
    return tuple(_atom(part, term) for part in term.split(","))


def _atom(part: str, term: str) -> _Atom:
    if not part:
        raise SelectionError(f"`{term}` has a comma with nothing beside it: `a,b` is what both have, `a b` is either")
    found = _ATOM.fullmatch(part)
    groups = found.groupdict() if found else {}
    value = groups.get("value") or ""
    if not value:
        raise SelectionError(f"`{part}` names nothing")
    if groups["whole"] and groups["down"] is not None:
        raise SelectionError(f"`{part}` has both `@` and a `+` at its end: `@` follows the children already")
    return _Atom(
        method=find(groups["method"] or _default(value), value),
        value=value,
        up=_depth(groups["up"]),
        down=_depth(groups["down"]),
        whole=bool(groups["whole"]),
    )


def _default(value: str) -> str:
    """What dbt takes a value for that names no method."""
    if "/" in value:
        return "path"
    return "file" if value.lower().endswith(_FILES) else "fqn"


def _depth(written: str | None) -> int | None:
    return None if written is None else int(written) if written else _END


class _View:
    """Looks for what terms name in one project. The graph is dbt's alone: what selects is dbt's word, too."""

    def __init__(self, members: Members) -> None:
        self._members = members
        known = members.by_id
        self._up = {m.unique_id: [u for u in m.depends_on if u in known] for m in known.values()}
        self._down = children(self._up)

    def union(self, terms: Collection[_Term]) -> set[str]:
        """What any of the terms selects."""
        return set[str]().union(*(self._intersection(term) for term in terms))

    def _intersection(self, term: _Term) -> set[str]:
        first, *others = (self._around(atom) for atom in term)
        return first.intersection(*others)

    def _around(self, atom: _Atom) -> set[str]:
        """What an atom names, and what its operators add."""
        named = set(atom.method(self._members, atom.value))
        found = set(named)
        if atom.whole:
            below = named.union(_walk(named, self._down, _END))
            found |= below.union(_walk(below, self._up, _END))
        if atom.up is not None:
            found.update(_walk(named, self._up, atom.up))
        if atom.down is not None:
            found.update(_walk(named, self._down, atom.down))
        return found


def _walk(starts: Iterable[str], edges: _Edges, depth: int) -> Iterator[str]:
    """All that can be reached in so many steps, each once."""
    layer = set(starts)
    seen = set(layer)
    while layer and depth != 0:
        layer = {unique_id for start in layer for unique_id in edges.get(start, ())} - seen
        seen |= layer
        depth -= 1
        yield from layer
