"""Why a model may give other data when it is built again, as its code tells: by column where that can be said.

It explains what was seen to vary, and never claims that something varies: too many causes do no harm, and an unknown
one is nothing worse than unknown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import jinja2

from bot.core import volatile_sql
from bot.core.graph import reach
from bot.core.volatile_sql import Outputs
from bot.domain import Node, Project

# What Jinja puts into the code, by what it is called there.
_JINJA_WORDS = {
    "run_started_at": re.compile(r"\brun_started_at\b"),
    "invocation_id": re.compile(r"\binvocation_id\b"),
    "the time while dbt compiles": re.compile(r"\bmodules\s*\.\s*datetime\b|\bmodules\s*\.\s*pytz\b"),
    "random()": re.compile(r"\|\s*random\b"),
    "the environment's name": re.compile(
        r"\btarget\s*\.\s*(?:name|schema|database|profile_name)\b|\bthis\s*\.\s*schema\b"
    ),
    "an environment variable": re.compile(r"\benv_var\s*\("),
}
_PYTHON_WORDS = {
    "the clock": re.compile(r"\b(?:datetime\.(?:utc)?now|date\.today|time\.time|Timestamp\.now)\s*\("),
    "random numbers": re.compile(r"\brandom\b|\.sample\s*\("),
    "uuid": re.compile(r"\buuid\s*\.\s*uuid[14]\b|\buuid[14]\s*\("),
}
_JINJA = jinja2.Environment(autoescape=True)  # only its lexer is used
_REFERENCE = re.compile(r"^\s*(ref|source)\s*\((.*)\)\s*$", re.DOTALL)
_CONFIG = re.compile(r"^\s*config\s*\(")
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")
_CALLED = re.compile(r"\b(\w+)\s*\(")
_MOST_TOLD = 2
_MARK = "proofbot_jinja_{}"


@dataclass(frozen=True)
class Causes:
    """What in a model's code may make it vary.

    `columns` is by name in lower case; `anywhere` are causes of which it is not known which column they reach; `rows`
    those that decide which rows there are.
    """

    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    anywhere: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()

    def of(self, column: str) -> str:
        """Why a column varies, in words; empty where that is not known."""
        own = self.columns.get(column.lower())
        if own:
            return say(own)
        # What picks the rows of a model picks their values, too.
        return say(self.anywhere) or say(self.rows)

    def reaching(self, column: str) -> frozenset[str]:
        """All causes that may reach a column."""
        return self.columns.get(column.lower(), frozenset()) | self.anywhere | self.rows

    def of_rows(self) -> str:
        """Why it varies which rows there are, in words; empty where that is not known."""
        return say(self.rows) or say(self.anywhere)


def say(causes: Iterable[str]) -> str:
    """Some causes as one: `random() and uuid`; empty where there are none, or so many that they explain nothing."""
    found = sorted(set(causes))
    return " and ".join(found) if len(found) <= _MOST_TOLD else ""


class Volatility:
    """Finds why nodes of one project vary. What was found once is not searched again.

    Args:
        project: its code.
        among: the nodes through which a cause may come: those that are built anew.
        dialect: the adapter's name, as sqlglot knows it.
    """

    def __init__(self, project: Project, among: Collection[str], dialect: str) -> None:
        self._project, self._among, self._dialect = project, frozenset(among), dialect
        self._known: dict[str, Causes] = {}
        self._calls = {uid: macro.calls for uid, macro in project.macros.items()}

    def of(self, unique_id: str) -> Causes:
        """The causes in a node and in what it reads; none for an unknown node."""
        if unique_id not in self._known:
            self._known[unique_id] = Causes()  # for the case of a circle
            node = self._project.nodes.get(unique_id)
            self._known[unique_id] = self._find(node) if node else Causes()
        return self._known[unique_id]

    def _find(self, node: Node) -> Causes:
        parents = {uid: self.of(uid) for uid in node.depends_on if uid in self._among}
        if node.language != "sql":
            inherited = [one for cause in parents.values() for one in _all(cause)]
            return Causes(anywhere=frozenset([*_search(node.raw_code, _PYTHON_WORDS), *inherited]))
        if not node.raw_code or node.resource_type == "seed":
            return Causes()
        marks: dict[str, frozenset[str]] = {}
        sql = self._without_jinja(node, marks)
        by_name = {self._project.nodes[uid].name.lower(): _outputs(found) for uid, found in parents.items()}
        outputs = volatile_sql.outputs(sql, self._dialect, by_name, marks)
        if outputs is None:
            found = [*volatile_sql.words(sql), *(cause for causes in marks.values() for cause in causes)]
            found += [cause for one in parents.values() for cause in _all(one)]
            return Causes(anywhere=frozenset(found))
        statements = frozenset(_search(node.raw_code, _JINJA_WORDS) if "{%" in node.raw_code else ())
        return Causes(outputs.columns, outputs.rest | statements, outputs.rows)

    def _without_jinja(self, node: Node, marks: dict[str, frozenset[str]]) -> str:
        """A node's text with names in place of its expressions, those that have causes among the marks, and without the
        rest of its Jinja."""
        parts: list[str] = []
        expression: list[str] | None = None
        try:
            for _, kind, text in _JINJA.lex(node.raw_code):
                if kind == "data":
                    parts.append(text)
                elif kind == "variable_begin":
                    expression = []
                elif kind == "variable_end":
                    parts.append(self._name("".join(expression or ()), node, marks))
                    expression = None
                elif expression is not None:
                    expression.append(text)
        except jinja2.TemplateSyntaxError:
            return node.raw_code
        return "".join(parts)

    def _name(self, expression: str, node: Node, marks: dict[str, frozenset[str]]) -> str:
        """What stands for a Jinja expression: a relation's name, a name that is among the marks, or nothing."""
        found = _REFERENCE.match(expression)
        names = _QUOTED.findall(found[2]) if found else []
        if names:
            return f'"{names[-1]}"'
        if _CONFIG.match(expression):
            return " "
        mark = _MARK.format(len(marks))
        marks[mark] = frozenset(self._in_expression(expression, node))
        return mark

    def _in_expression(self, expression: str, node: Node) -> Iterable[str]:
        """The causes in a Jinja expression and in the macros that it calls."""
        yield from _search(expression, _JINJA_WORDS)
        called = set(_CALLED.findall(expression))
        starts = [uid for uid in node.macros if uid.rsplit(".", 1)[-1] in called and self._is_own(uid)]
        for uid in reach(starts, self._calls):
            macro = self._project.macros.get(uid)
            if macro is None:
                continue
            if self._is_own(uid):
                yield from _search(macro.text, _JINJA_WORDS)
                yield from volatile_sql.words(macro.text)
            elif macro.name in _DBT_MACROS:
                yield _DBT_MACROS[macro.name]
        yield from (cause for name, cause in _DBT_MACROS.items() if name in called)

    def _is_own(self, unique_id: str) -> bool:
        macro = self._project.macros.get(unique_id)
        return macro is not None and macro.package not in {"dbt", f"dbt_{self._project.adapter}"}


_DBT_MACROS = {
    "current_timestamp": "current_timestamp",
    "current_timestamp_in_utc": "current_timestamp",
    "snapshot_get_time": "current_timestamp",
}


def _search(text: str, words: Mapping[str, re.Pattern[str]]) -> list[str]:
    return [cause for cause, pattern in words.items() if pattern.search(text)]


def _all(causes: Causes) -> frozenset[str]:
    return frozenset().union(causes.anywhere, causes.rows, *causes.columns.values())


def _outputs(causes: Causes) -> Outputs:
    return Outputs(dict(causes.columns), causes.anywhere, causes.rows)
