"""Which macros a node uses: those its code calls, those its hooks call, those that dbt picks by name to build it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

import jinja2

from bot.core.graph import children, reach
from bot.domain import Macro, Node, Project

_CALL = re.compile(r"\b(\w+)\s*\(")
_TEXTS = 16384  # Texts of two sides are mostly the same; what was found in one holds for the other.
_JINJA = jinja2.Environment(autoescape=True)  # Only its lexer is used.
_PARENT_ADAPTERS = {"redshift": "postgres", "databricks": "spark", "fabricspark": "spark", "synapse": "fabric"}

# What looks at the database, or at the state of the run, while a node compiles. Where one of these may be reached the
# compiled text is not the whole truth. Too many words here cost a build; too few cost a missed change.
_LOOKS = re.compile(
    r"\b(?:run_query|load_result|load_relation|load_cached_relation|execute|is_incremental|should_full_refresh|graph"
    r"|run_started_at|invocation_id|invocation_args_dict|selected_resources|thread_id|get_columns_in_query"
    r"|sql_header|set_sql_header)\b"
    r"|\bstatement\s*\(|\b(?:modules|flags)\s*[.\[]|\bcontext\s*[.\[]|\bconfig\s*\.\s*set\b|\|\s*random\b"
    r"|\badapter\b(?!\s*\.\s*(?:dispatch|quote|quote_as_configured|type)\b)"
)
# Every way to match holds one of these: looking for them first is several times faster.
_HINTS = (
    "run_query", "load_re", "load_cached", "execute", "is_incremental", "full_refresh", "graph", "run_started_at",
    "invocation_", "selected_resources", "thread_id", "get_columns_in_query", "sql_header", "statement", "modules",
    "flags", "context", "config", "random", "adapter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Uses:
    """Macros of interest that a node can reach: `code` through what it compiles to, `rest` through its hooks, its
    materialization, or a way that is not seen in its code."""

    code: frozenset[str]
    rest: frozenset[str]


@lru_cache(maxsize=_TEXTS)
def looks(text: str) -> bool:
    """Says whether Jinja text may look at the database or the state of the run while it compiles."""
    return any(hint in text for hint in _HINTS) and _LOOKS.search(text) is not None


def hook_text(node: Node) -> str:
    """Returns the statements of a node's pre- and post-hooks, one below the other."""
    return "\n".join(_statements(node.config.get("pre-hook")) + _statements(node.config.get("post-hook")))


class Reach:
    """Finds which macros of interest the nodes of one project use. What was found once is not searched again."""

    def __init__(self, project: Project, interesting: Collection[str]) -> None:
        self._project = project
        self._interesting = frozenset(interesting) & project.macros.keys()
        self._known: dict[str, Set[str]] = {}
        self._built: dict[tuple[str, ...], frozenset[str]] = {}
        calls = _calls_and_stand_ins(project, self._interesting)
        leading = reach(self._interesting, children(calls)) & project.macros.keys() if self._interesting else set()
        self._leading = {unique_id: [c for c in calls[unique_id] if c in leading] for unique_id in leading}
        self._names = {project.macros[unique_id].name for unique_id in leading}
        self._named: dict[str, list[Macro]] = defaultdict(list)
        for macro in project.macros.values():
            self._named[macro.name].append(macro)

    def of(self, starts: Iterable[str]) -> frozenset[str]:
        """Returns the macros of interest among the starts and all they call."""
        found: set[str] = set()
        for start in starts:
            if start in self._leading:
                if start not in self._known:
                    self._known[start] = reach([start], self._leading) & self._interesting
                found |= self._known[start]
        return frozenset(found)

    def uses(self, node: Node) -> Uses:
        """Returns the macros of interest that a node uses, by the way they are used."""
        if not self._leading:
            return Uses(frozenset(), frozenset())
        in_code = self._called(node.raw_code, node) if node.language == "sql" else set()
        in_hooks = self._called(hook_text(node), node)
        # dbt lists what it ran while parsing: the code's macros and the hooks', without telling which is whose.
        unseen = [unique_id for unique_id in node.macros if unique_id not in in_code]
        return Uses(code=self.of(in_code), rest=self.of([*in_hooks, *unseen]) | self._building(node))

    def _called(self, text: str, node: Node) -> set[str]:
        """Macros that a node's text calls: those dbt lists, if the text names them, and those in branches that dbt did
        not run while parsing."""
        named = self._names & _named_calls(text)
        if not named:
            return set()
        found = {unique_id for unique_id in node.macros if unique_id.rsplit(".", 1)[-1] in named}
        named -= {unique_id.rsplit(".", 1)[-1] for unique_id in found}
        for package, name in _calls_in(text) if named else ():
            if name in named:
                found |= self._resolve(package, name, node.package)
        return found

    def _resolve(self, package: str, name: str, home: str) -> set[str]:
        """As dbt does: the named package, or the node's own, then the root project, then dbt's."""
        core = core_packages(self._project.adapter)
        places: list[Collection[str]] = (
            [core] if package == "dbt" else [{package}] if package else [{home}, {self._project.name}, core]
        )
        for place in places:
            matches = {macro.unique_id for macro in self._named[name] if macro.package in place}
            if matches:
                return matches
        return set()

    def _building(self, node: Node) -> frozenset[str]:
        strategy = node.config.get("incremental_strategy" if node.materialization == "incremental" else "strategy")
        how = (node.materialization, node.package, str(strategy or ""))
        if how not in self._built:
            starts = self._materializations(node.materialization)
            if node.materialization == "incremental":
                chosen = str(strategy or "default").replace("+", "_")
                starts |= self._resolve("", f"get_incremental_{chosen}_sql", node.package)
            if node.resource_type == "snapshot" and strategy:
                package, _, name = str(strategy).rpartition(".")
                starts |= self._resolve(package, f"snapshot_{name}_strategy", node.package)
            self._built[how] = self.of(starts)
        return self._built[how]

    def _materializations(self, materialization: str) -> set[str]:
        """The macro that builds: that of the adapter before its parent's before the default's; among equals the root
        project's before a package's before dbt's. Whether a package may replace dbt's own depends on a flag of the
        project that the manifest does not tell, so then all of them count."""
        core = core_packages(self._project.adapter)
        names = [f"materialization_{materialization}_{a}" for a in (*_adapters(self._project.adapter), "default")]
        ranks = [self._named[name] for name in names if name in self._named]
        if not ranks:
            return set()
        first = ranks[0]
        chosen = [macro for macro in first if macro.package == self._project.name]
        chosen = chosen or [macro for macro in first if macro.package not in core]
        if chosen and chosen[0].package != self._project.name:
            chosen = [macro for rank in ranks for macro in rank]
        return {macro.unique_id for macro in chosen or first}


def _calls_and_stand_ins(project: Project, interesting: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Who calls whom, and who may be run in whose place: dbt tells the first alone, and not always anew after a
    partial parse. `duckdb__dateadd` is run for `dateadd`; a project's own version of a macro of dbt's for that one."""
    core = core_packages(project.adapter)
    stand_ins: dict[str, list[Macro]] = defaultdict(list)
    for macro in (project.macros[unique_id] for unique_id in interesting):
        stand_ins[macro.name.partition("__")[2]].append(macro)
        if macro.package not in core:
            stand_ins[macro.name].append(macro)
    calls = {macro.unique_id: macro.calls for macro in project.macros.values()}
    for macro in project.macros.values():
        own = macro.package in core
        found = [other for other in stand_ins.get(macro.name, ()) if own or other.name != macro.name]
        if found:
            calls[macro.unique_id] = (*macro.calls, *(other.unique_id for other in found))
    return calls


def _adapters(adapter: str) -> tuple[str, ...]:
    parent = _PARENT_ADAPTERS.get(adapter)
    return (adapter, parent) if parent else (adapter,)


def core_packages(adapter: str) -> frozenset[str]:
    """Returns the packages that come with dbt and its adapter."""
    return frozenset({"dbt", *(f"dbt_{name}" for name in _adapters(adapter))})


@lru_cache(maxsize=_TEXTS)
def _named_calls(text: str) -> frozenset[str]:
    return frozenset(_CALL.findall(text))


@lru_cache(maxsize=_TEXTS)
def _calls_in(text: str) -> frozenset[tuple[str, str]]:
    """Returns package (or nothing) and name of whatever the Jinja code in a text calls."""
    try:
        tokens = [(kind, value) for _, kind, value in _JINJA.lex(text) if kind != "whitespace"]
    except jinja2.TemplateSyntaxError:  # Whatever it is, it may call what it names.
        return frozenset(("", name) for name in _named_calls(text))
    found = set()
    for index, (kind, value) in enumerate(tokens[:-1]):
        if kind == "name" and tokens[index + 1][1] == "(":
            qualified = index > 1 and tokens[index - 1][1] == "." and tokens[index - 2][0] == "name"
            found.add((tokens[index - 2][1] if qualified else "", value))
    return frozenset(found)


def _statements(hooks: object) -> list[str]:
    listed = hooks if isinstance(hooks, list | tuple) else [hooks]
    found = []
    for hook in listed:
        statement = hook.get("sql") if isinstance(hook, Mapping) else hook
        if isinstance(statement, str):
            found.append(statement)
    return found


def static(project: Project, unique_ids: Iterable[str]) -> Iterable[str]:
    """The nodes whose compiling depends on nothing but the project.

    What dbt did not list while parsing is not run while compiling either, unless it hangs on the state of the run: that
    is seen in the node's own code or in a macro that is listed."""
    calls = {macro.unique_id: macro.calls for macro in project.macros.values()}
    looking: dict[str, bool] = {}
    for node in (project.nodes[unique_id] for unique_id in unique_ids):
        reached = reach(node.macros, calls)
        for unique_id in reached - looking.keys():
            looking[unique_id] = unique_id not in project.macros or looks(project.macros[unique_id].text)
        if not looks(node.raw_code) and not any(looking[unique_id] for unique_id in reached):
            yield node.unique_id
