"""dbt's own syntax for the selection of nodes, over a Project: `tag:nightly+ marts.*,config.materialized:table`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.selection_members import Members
from bot.core.selection_methods import Method, SelectionError, find
from bot.domain import Project

__all__ = ["SelectionError", "select"]

_ATOM = re.compile(
    r"(?P<whole>@)?(?:(?P<up>\d*)\+)?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?:\+(?P<down>\d*))?", re.DOTALL
)
_SELECTED = frozenset({"model", "seed", "snapshot"})
_FILES = (".sql", ".py", ".csv")
_KEPT = 4
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
    members = _members(_Itself(project))
    found = _union(wanted, members) - _union(unwanted, members)
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


class _Itself:
    """A project that equals itself alone, so that what was made of it can be kept."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def __hash__(self) -> int:
        return id(self.project)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.project is other.project


@lru_cache(maxsize=_KEPT)
def _members(itself: _Itself) -> Members:
    """A configuration asks the same two projects again and again."""
    return Members(itself.project)


def _union(terms: Iterable[_Term], members: Members) -> set[str]:
    return set[str]().union(*(_intersection(term, members) for term in terms))


def _intersection(term: _Term, members: Members) -> set[str]:
    first, *others = (_around(atom, members) for atom in term)
    return first.intersection(*others)


def _around(atom: _Atom, members: Members) -> set[str]:
    """What an atom names, and what its operators add."""
    named = set(atom.method(members, atom.value))
    found = set(named)
    if atom.whole:
        found.update(_walk(named, members.below, _END))
        found.update(_walk(found, members.above, _END))
    if atom.up is not None:
        found.update(_walk(named, members.above, atom.up))
    if atom.down is not None:
        found.update(_walk(named, members.below, atom.down))
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
