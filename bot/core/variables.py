"""Which variables of dbt_project.yml changed, and who reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain import Project

_CALL = re.compile(r"\bvar\s*(?:\.\s*has_var\s*)?\(\s*(?:(['\"])(?P<name>[^'\"]*)\1\s*(?=[,)]))?")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables that changed, by the package that sees them so."""

    changed: Mapping[str, frozenset[str]]

    def __bool__(self) -> bool:
        return any(self.changed.values())

    def read_by(self, text: str, *packages: str) -> frozenset[str]:
        """Returns the changed variables that a text reads, as any of the packages sees them.

        A variable whose name is not written out may be any of them."""
        if "var" not in text:
            return frozenset()
        seen = frozenset().union(*(self.changed.get(package, frozenset()) for package in packages))
        names = {call["name"] for call in _CALL.finditer(text)}
        return seen if None in names else seen & names


def compare(base: Project, head: Project) -> Variables:
    """Returns the variables whose value differs, for every package of either side."""
    owners = base.variables.keys() | head.variables.keys()
    if all(repr(base.variables.get(name, {})) == repr(head.variables.get(name, {})) for name in owners):
        return Variables({})
    packages = {base.name, head.name, *owners}
    for project in (base, head):
        packages.update(node.package for node in project.nodes.values())
        packages.update(macro.package for macro in project.macros.values())
        packages.update(package_of(unique_id) for unique_id in project.hooks)
    return Variables({package: _differing(_seen(base, package), _seen(head, package)) for package in packages})


def package_of(unique_id: str) -> str:
    """Returns the package a unique id names."""
    return unique_id.split(".")[1] if unique_id.count(".") > 1 else ""


def _seen(project: Project, package: str) -> Mapping[str, object]:
    """The variables as dbt shows them to a package: its own below the root project's, general below scoped."""
    seen: dict[str, object] = {}
    for owner in (package, project.name):
        values = project.variables.get(owner, {})
        seen.update(values)
        scoped = values.get(package)
        seen.update(scoped if isinstance(scoped, Mapping) else {})
    return seen


def _differing(base: Mapping[str, object], head: Mapping[str, object]) -> frozenset[str]:
    """Compared as text: the order of a list or mapping, and 1 or 1.0, show in the SQL they make."""
    names = base.keys() | head.keys()
    return frozenset(name for name in names if repr(base.get(name, _ABSENT)) != repr(head.get(name, _ABSENT)))
