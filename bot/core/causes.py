"""Why a node that both sides have counts as modified."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.core import metadata, variables
from bot.core.macros import Reach, Uses, core_packages, hook_text
from bot.core.project import canonical
from bot.core.variables import package_of
from bot.domain import Cause, CauseKind, Macro, Node, Project

_COMPARED_ELSEWHERE = frozenset({"alias", "contract", "database", "schema", "target_database", "target_schema"})
_ORDER = list(CauseKind)


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause; `textual` says that it can show nowhere but in the compiled SQL, so equal SQL takes it back."""

    cause: Cause
    textual: bool = False


_NO_FILES: Mapping[str, tuple[str, ...]] = {}


def find(
    base: Project, head: Project, seeds_changed: Collection[str], files: Mapping[str, tuple[str, ...]] = _NO_FILES
) -> Mapping[str, tuple[Reason, ...]]:
    """Returns the reasons for every node of both sides that counts as modified by something of its own.

    `seeds_changed` are the seeds whose files differ; `files` are other files that differ, by the nodes that read them.
    """
    comparison = _Comparison(base, head)
    found: dict[str, tuple[Reason, ...]] = {}
    for unique_id, node in head.nodes.items():
        if unique_id in base.nodes:
            reasons = {*comparison.between(base.nodes[unique_id], node)}
            if node.resource_type == "seed" and unique_id in seeds_changed:
                reasons.add(Reason(Cause(CauseKind.SEED)))
            reasons |= {Reason(Cause(CauseKind.FILE, path)) for path in files.get(unique_id, ())}
            if reasons:
                found[unique_id] = tuple(sorted(reasons, key=_rank))
    return found


class _Comparison:
    """What is asked of every node, with the searches that all of them share."""

    def __init__(self, base: Project, head: Project) -> None:
        self._base, self._head = base, head
        self._variables = variables.compare(base, head)
        changed = _changed_macros(base.macros, head.macros)
        self._macros = Reach(base, changed), Reach(head, changed)
        self._readers = tuple(Reach(project, self._reading(project)) for project in (base, head))
        self._hooks = self._changed_hooks()
        self._graph_differs = base != head

    @cached_property
    def _mirrors(self) -> tuple[Reach, Reach]:
        return Reach(self._base, _reading_metadata(self._base)), Reach(self._head, _reading_metadata(self._head))

    @cached_property
    def _observers(self) -> tuple[Reach, Reach]:
        return Reach(self._base, _reading_graph(self._base)), Reach(self._head, _reading_graph(self._head))

    def between(self, base: Node, head: Node) -> Iterator[Reason]:
        """Yields the reasons why one node counts as modified."""
        same_code = (base.raw_code, base.language) == (head.raw_code, head.language)
        if not same_code:
            yield Reason(Cause(CauseKind.SQL), textual=base.language == head.language)
        yield from self._by_macros(base, head, same_code=same_code)
        if self._variables:
            yield from self._by_variables(base, head)
        yield from _by_settings(base, head)
        yield from self._by_metadata(base, head)
        yield from self._by_sources(head)
        if base.resource_type == "seed" and base.checksum and head.checksum and base.checksum != head.checksum:
            yield Reason(Cause(CauseKind.SEED))
        if same_code and set(base.depends_on) != set(head.depends_on):
            # The same words stand for another node: the latest version of a model, a model of another package.
            yield Reason(Cause(CauseKind.SQL, "reads other nodes"), textual=True)
        if self._graph_differs and self._reads_graph(base, head):
            yield Reason(Cause(CauseKind.SQL, "reads dbt's graph, which changed"))
        if head.relation is not None:
            yield from (Reason(Cause(CauseKind.HOOK, name)) for name in self._hooks)

    def _by_macros(self, base: Node, head: Node, *, same_code: bool) -> Iterator[Reason]:
        uses = _together(self._macros[0].uses(base), self._macros[1].uses(head))
        for unique_id in uses.code | uses.rest:
            both = unique_id in self._base.macros and unique_id in self._head.macros
            # A macro that new code is the first to call is no cause besides the new code.
            if both or same_code or unique_id in uses.rest:
                macro = self._head.macros.get(unique_id) or self._base.macros[unique_id]
                own = macro.package == self._head.name
                name = macro.name if own else f"{macro.package}.{macro.name}"
                yield Reason(Cause(CauseKind.MACRO, name), textual=unique_id not in uses.rest)

    def _by_variables(self, base: Node, head: Node) -> Iterator[Reason]:
        code: set[str] = set()
        rest: set[str] = set()
        for reach, project, node in zip(self._readers, (self._base, self._head), (base, head), strict=True):
            uses = reach.uses(node)
            code |= self._variables.read_by(node.raw_code, node.package)
            rest |= self._variables.read_by(hook_text(node), node.package)
            for unique_ids, names in ((uses.code, code), (uses.rest, rest)):
                for macro in (project.macros[unique_id] for unique_id in unique_ids):
                    names |= self._variables.read_by(macro.text, node.package, macro.package)
        yield from (Reason(Cause(CauseKind.VARIABLE, name), textual=name not in rest) for name in code | rest)

    def _by_metadata(self, base: Node, head: Node) -> Iterator[Reason]:
        told = metadata.between(base, head)
        if told:
            uses = _together(self._mirrors[0].uses(base), self._mirrors[1].uses(head))
            in_code = metadata.reads(base.raw_code) or metadata.reads(head.raw_code)
            if in_code or uses.code or uses.rest:
                yield from (Reason(Cause(CauseKind.CONFIG, name), textual=not uses.rest) for name in told)

    def _reads_graph(self, base: Node, head: Node) -> bool:
        for reach, node in zip(self._observers, (base, head), strict=True):
            uses = reach.uses(node)
            if uses.code or uses.rest or metadata.reads_graph(f"{node.raw_code}\n{hook_text(node)}"):
                return True
        return False

    def _by_sources(self, head: Node) -> Iterator[Reason]:
        for unique_id in head.depends_on:
            before, after = self._base.sources.get(unique_id), self._head.sources.get(unique_id)
            if before is not None and after is not None and before != after:
                textual = (before.location, before.definition) == (after.location, after.definition)
                yield Reason(Cause(CauseKind.SOURCE, ".".join(unique_id.split(".")[2:])), textual=textual)

    def _reading(self, project: Project) -> frozenset[str]:
        """The macros that read a changed variable, whichever node calls them."""
        if not self._variables:
            return frozenset()
        packages = tuple(self._variables.changed)
        return frozenset(m.unique_id for m in project.macros.values() if self._variables.read_by(m.text, *packages))

    def _changed_hooks(self) -> tuple[str, ...]:
        changed = {
            unique_id
            for unique_id in self._base.hooks.keys() | self._head.hooks.keys()
            if _stripped(self._base.hooks.get(unique_id)) != _stripped(self._head.hooks.get(unique_id))
        }
        for project, macros, readers in zip((self._base, self._head), self._macros, self._readers, strict=True):
            for unique_id, text in project.hooks.items():
                called = project.hook_macros.get(unique_id, ())
                if macros.of(called) or readers.of(called) or self._variables.read_by(text, package_of(unique_id)):
                    changed.add(unique_id)
        return tuple(sorted(unique_id.rsplit(".", 1)[-1] for unique_id in changed))


def _by_settings(base: Node, head: Node) -> Iterator[Reason]:
    if repr(base.config) != repr(head.config):
        for key in base.config.keys() | head.config.keys():
            compared = not metadata.is_setting(key) and key not in _COMPARED_ELSEWHERE
            if compared and canonical(base.config.get(key)) != canonical(head.config.get(key)):
                yield Reason(Cause(CauseKind.CONFIG, key))
    if (base.contract_enforced, base.contract_terms) != (head.contract_enforced, head.contract_terms):
        yield Reason(Cause(CauseKind.CONTRACT))
    if base.relation is not None and head.relation is not None and base.relation != head.relation:
        before, after = base.relation, head.relation
        parts = ("database", "schema", "identifier")
        detail = ", ".join(part for part in parts if getattr(before, part) != getattr(after, part))
        yield Reason(Cause(CauseKind.RELATION, detail))


def _changed_macros(base: Mapping[str, Macro], head: Mapping[str, Macro]) -> frozenset[str]:
    """Macros with another text, or whose words now call other macros."""
    return frozenset(
        unique_id
        for unique_id in base.keys() | head.keys()
        if unique_id not in base
        or unique_id not in head
        or base[unique_id].text != head[unique_id].text
        or set(base[unique_id].calls) != set(head[unique_id].calls)
    )


def _reading_metadata(project: Project) -> frozenset[str]:
    """Macros of projects and packages that read what is said of a node; dbt's own do so to document it."""
    core = core_packages(project.adapter)
    macros = (macro for macro in project.macros.values() if macro.package not in core)
    return frozenset(macro.unique_id for macro in macros if metadata.reads(macro.text))


def _reading_graph(project: Project) -> frozenset[str]:
    """Macros of projects and packages that read dbt's graph."""
    core = core_packages(project.adapter)
    macros = (macro for macro in project.macros.values() if macro.package not in core)
    return frozenset(macro.unique_id for macro in macros if metadata.reads_graph(macro.text))


def _together(one: Uses, other: Uses) -> Uses:
    return Uses(one.code | other.code, one.rest | other.rest)


def _stripped(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


def _rank(reason: Reason) -> tuple[int, str]:
    return _ORDER.index(reason.cause.kind), reason.cause.detail
