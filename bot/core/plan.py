"""Decides what will be built and tested on each side, and refuses what must not be written.

The origin is built at the merge base as far as the request needs it: the affected nodes, all they and the head's
affected nodes read, and what their tests and the project's own questions read besides.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePosixPath

from bot.core import change as graph
from bot.core.graph import reach
from bot.core.macros import hook_text
from bot.core.project import canonical
from bot.domain import CauseKind, Change, ChangeKind, Node, Plan, Project, RelationName
from bot.errors import UsageError

_ENV_VAR = re.compile(r"env_var\(\s*['\"]([^'\"]+)['\"]")
_NEEDED_ENV_VAR = re.compile(r"env_var\(\s*['\"]([^'\"]+)['\"]\s*\)")
_CLOCK = re.compile(
    r"\b((get_)?current_(local)?(date|time)|(transaction|statement|clock)_timestamp|getdate|sysdate|(utc)?now\s*\("
    r"|today\s*\(|localtime|run_started_at|modules\.datetime|time\.time\s*\()",
    re.IGNORECASE,
)

# Files and services outside of the repository and of the databases whose state is known.
_ELSEWHERE = re.compile(
    r"['\"](?:\w+://|/|~|(?:\./)?\.\./|[A-Za-z]:[\\/])[^'\"\n]*[\w*]|\b(?:postgres|mysql|sqlite|odbc)_(?:scan|query)\w*\s*\(",
    re.IGNORECASE,
)

_NOTHING_SHOWN: Mapping[str, RelationName] = {}
_READ_BY_DBT = frozenset({".sql", ".py", ".yml", ".yaml", ".csv"})
# New files of these names are no part of what is compared: the configuration counts from base, workflows for the forge.
_NO_PROJECT = frozenset({".proofbot.yml", ".github", ".gitlab", ".gitlab-ci.yml", ".pre-commit-config.yaml"})
_NEW = frozenset({"??", "A ", "AM"})
_NOT_SOURCE = frozenset({"target", "logs", "dbt_packages", "dbt_modules", ".venv", "venv", "env", "node_modules"})


def draw_up(
    change: Change,
    base: Project,
    head: Project,
    asked: Collection[str] = (),
    shown: Mapping[str, RelationName] = _NOTHING_SHOWN,
) -> Plan:
    """The plan for a change: see `Plan`. Ephemeral nodes are not built, so they are not in it.

    Args:
        asked: nodes that will be asked about though the request may not affect them.
        shown: nodes that need not be built, because production has them, with their relations there; none that the
            request affects. What only they read is not needed.
    """
    affected = {entry.unique_id: entry.kind for entry in change.affected}
    at_head = {uid for uid, kind in affected.items() if kind is not ChangeKind.REMOVED}
    at_base = {uid for uid, kind in affected.items() if kind is not ChangeKind.ADDED}
    base_parents, head_parents = (_without(graph.parents(project), shown) for project in (base, head))
    head_tests = tuple(sorted(uid for uid, test in head.tests.items() if at_head.intersection(test.depends_on)))
    read_by_head_tests = {parent for uid in head_tests for parent in head.tests[uid].depends_on}
    needed_by_head = _with_ancestors(at_head | read_by_head_tests | {*asked}, head_parents) - at_head
    base_tests = tuple(sorted(uid for uid, test in base.tests.items() if at_base.intersection(test.depends_on)))
    read_by_base_tests = {parent for uid in base_tests for parent in base.tests[uid].depends_on}
    at_origin = _with_ancestors(at_base | needed_by_head | read_by_base_tests | {*asked}, base_parents)
    base_nodes = _materialized(at_origin.difference(shown), base)
    # The relation of an external model is a view of a file in its side's folder, so a copy of it is worth nothing.
    files = {uid for uid in needed_by_head if uid in head.nodes and head.nodes[uid].materialization == "external"}
    head_nodes = _materialized(at_head | files, head)
    drops = {base.nodes[uid].relation for uid in at_base} | {head.nodes[uid].relation for uid in at_head}
    return Plan(
        base_nodes=base_nodes,
        head_nodes=head_nodes,
        head_drops=tuple(sorted((name for name in drops if name), key=str)),
        first=tuple(sorted({*_first(base, base_nodes, base_parents), *_first(head, head_nodes, head_parents)})),
        base_tests=base_tests,
        head_tests=head_tests,
        # Then all that is written is affected, so nothing of base is needed.
        head_afresh=any(cause.kind is CauseKind.HOOK for entry in change.affected for cause in entry.causes),
        shown={uid: shown[uid] for uid in sorted(at_origin.intersection(shown))},
    )


def _without(parents: Mapping[str, tuple[str, ...]], shown: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """The graph as if what is shown read nothing."""
    return {uid: () if uid in shown else above for uid, above in parents.items()} if shown else parents


def _first(project: Project, planned: Collection[str], parents: Mapping[str, tuple[str, ...]]) -> set[str]:
    """What of the planned must be built before the rest: what is behind a source, and all that it reads itself."""
    return _with_ancestors(graph.behind_sources(project).intersection(planned), parents).intersection(planned)


def work_left_out(uncommitted: Iterable[tuple[str, str]], project: PurePosixPath) -> tuple[str, ...]:
    """The uncommitted paths that a comparison of commits would leave out although they may matter.

    Args:
        uncommitted: git's two letters and the path of each; `??` is untracked.
        project: the dbt project's folder, relative to the repository.
    """
    return tuple(name for letters, name in uncommitted if _may_matter(letters, PurePosixPath(name), project))


def guard(
    project: Project, unique_ids: Iterable[str], stray: Callable[[RelationName], str | None], remedy: str
) -> None:
    """Makes sure that dbt will write to nothing but the twin.

    Args:
        unique_ids: the nodes that are to be built.
        stray: says why a relation must not be built, in words that go on after the node's name; None where it may.
        remedy: what to do about those.

    Raises:
        UsageError: some node would be written elsewhere; names them all.
    """
    strays = []
    for uid in unique_ids:
        node = project.nodes[uid]
        words = stray(node.relation) if node.relation else None
        if words:
            strays.append(f"{uid} {words}")
        location = node.config.get("location")
        if node.materialization == "external" and location and _leaves(str(location)):
            strays.append(f"{uid} writes to the file {str(location)!r}")
    if strays:
        own = "own database" if project.adapter == "duckdb" else "own schemas and databases"
        raise UsageError(
            f"some models would be written outside of proofbot's {own}: " + "; ".join(strays), remedy=remedy
        )


def guard_root(root: str, where: str) -> None:
    """Makes sure that external models without a location are written below the project folder.

    Raises:
        UsageError: the profile's `external_root` lies elsewhere.
    """
    if _leaves(root):
        raise UsageError(
            f"external models would be written to {root!r}, outside of proofbot's own folders",
            where=where,
            remedy="Name a target by `--target` whose `external_root` is relative to the project.",
        )


def guard_packages(folder: str) -> None:
    """Makes sure that packages are installed below the project folder.

    Raises:
        UsageError: the project's `packages-install-path` lies elsewhere.
    """
    if _leaves(folder):
        raise UsageError(
            f"packages would be installed in {folder!r}, outside of proofbot's own folders",
            where="dbt_project.yml, packages-install-path",
            remedy="Name a folder inside of the project there.",
        )


def digest(project: Project, settings: Mapping[str, str]) -> str:
    """A digest of everything that builds of this project depend on, as far as the project and settings tell.

    Args:
        settings: versions, target, state of the source database, values of environment variables.

    Returns:
        64 hexadecimal digits.
    """
    hasher = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for uid, node in sorted(project.nodes.items()):
        _feed(hasher, uid, node.raw_code, node.checksum, str(node.relation), canonical(node.config))
    for uid, source in sorted(project.sources.items()):
        _feed(hasher, uid, str(source.relation), str(source.location), source.definition)
    for uid, macro in sorted(project.macros.items()):
        _feed(hasher, uid, macro.text)
    for uid, text in sorted(project.hooks.items()):
        _feed(hasher, uid, text)
    for package, variables in sorted(project.variables.items()):
        _feed(hasher, package, canonical(variables))
    return hasher.hexdigest()


def environment_variables(project: Project, *others: str) -> tuple[str, ...]:
    """The names of the environment variables that the project's code, or another text, reads by a literal name."""
    texts = (*_code(project), *others)
    return tuple(sorted({name for text in texts for name in _ENV_VAR.findall(text)}))


def needed_variables(project: Project, *others: str) -> tuple[str, ...]:
    """The same, only of those that are somewhere read without a default."""
    texts = (*_code(project), *others)
    return tuple(sorted({name for text in texts for name in _NEEDED_ENV_VAR.findall(text)}))


def reads_clock(project: Project) -> bool:
    """Whether a model, a hook, a test, or a macro of the project or its packages that they call, asks for the time.

    Such an origin must not be used on another day: what it holds would differ by the date alone.
    """
    return any(_CLOCK.search(text) for text in _code(project))


def reads_elsewhere(project: Project) -> bool:
    """Whether a model, a hook, a test, a macro they call or a source reads a file or a service whose state nobody can
    compare: an absolute path, an address, a plugin. Such an origin must not be used again."""
    sources = project.sources.values()
    locations = [f"'{source.location}'" for source in sources if source.location]
    plugins = any("'plugin': " in source.definition for source in sources)
    return plugins or any(_ELSEWHERE.search(text) for text in (*locations, *_code(project)))


def _may_matter(letters: str, path: PurePosixPath, project: PurePosixPath) -> bool:
    if letters in _NEW and any(_first_part(path, folder) in _NO_PROJECT for folder in (PurePosixPath(), project)):
        return False
    return letters != "??" or _may_be_read(path, project)


def _first_part(path: PurePosixPath, folder: PurePosixPath) -> str:
    return path.relative_to(folder).parts[0] if path.is_relative_to(folder) else ""


def _may_be_read(path: PurePosixPath, project: PurePosixPath) -> bool:
    """Whether dbt may read a file of this name that git does not know."""
    if path.suffix not in _READ_BY_DBT or not path.is_relative_to(project):
        return False
    return path.relative_to(project).parts[0] not in _NOT_SOURCE


def _code(project: Project) -> Iterable[str]:
    nodes = project.nodes.values()
    tests = (f"{test.raw_code}\n{canonical(test.arguments)}" for test in project.tests.values())
    own = (*(node.raw_code for node in nodes), *map(hook_text, nodes), *project.hooks.values())
    return (*own, *tests, *_own_macros(project))


def _own_macros(project: Project) -> list[str]:
    """The texts of the macros that are called, at first or second hand; those of dbt and its adapter left out."""
    called = {uid for node in project.nodes.values() for uid in node.macros}
    called |= {uid for macros in project.hook_macros.values() for uid in macros}
    called |= {uid for test in project.tests.values() for uid in test.macros}
    built_in = {"dbt", f"dbt_{project.adapter}"}
    calls = {uid: macro.calls for uid, macro in project.macros.items() if macro.package not in built_in}
    return [project.macros[uid].text for uid in sorted(reach(called, calls)) if uid in calls]


def _feed(hasher: hashlib._Hash, *words: str) -> None:
    for word in words:
        encoded = word.encode("utf-8", "surrogatepass")
        hasher.update(f"{len(encoded)}:".encode() + encoded)


def _leaves(location: str) -> bool:
    """Whether DuckDB may take this path for one outside of the folder it works in."""
    plain = location.strip().strip("'\"")
    path = PurePosixPath(plain)
    return path.is_absolute() or ".." in path.parts or plain.startswith("~") or ":" in plain.split("/")[0]


def _materialized(unique_ids: Iterable[str], project: Project) -> tuple[str, ...]:
    return tuple(sorted(uid for uid in unique_ids if uid in project.nodes and _is_built(project.nodes[uid])))


def _is_built(node: Node) -> bool:
    return node.materialization != "ephemeral"


def _with_ancestors(unique_ids: Iterable[str], parents: Mapping[str, tuple[str, ...]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(unique_ids)
    while waiting:
        uid = waiting.pop()
        if uid not in seen:
            seen.add(uid)
            waiting.extend(parents.get(uid, ()))
    return seen
