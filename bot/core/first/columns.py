"""Which columns the models of a project have, as far as its code tells before anything is built.

What is told here is for guesses, which people look at: a model whose SQL is too clever for it has the columns that the
project declares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.core import grammars
from bot.core.graph import order, parents
from bot.core.lineage import Known, of_query
from bot.core.lineage.sources import Relation
from bot.domain import Node, Project

_SILENT = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{-?\s*config\s*\(.*?\}\}", re.DOTALL)
_REF = re.compile(r"\{\{-?\s*(ref|source)\s*\(\s*(.*?)\s*\)\s*-?\}\}", re.DOTALL)
_OTHER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_ALIAS = re.compile(r"\bas\s+\"?([a-z_]\w*)", re.IGNORECASE)
# Characters of one model, and of all that are read: some 100,000 take a second, and a guess is not worth minutes.
_LONGEST, MOST = 60_000, 2_000_000


def of_project(project: Project, headers: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Returns the columns of each node of the project, in the order of the SQL where that is understood, else in that
    of the properties; none where neither tells. Of a project whose SQL is more than `MOST` characters, what comes last
    has those of the properties.

    Args:
        headers: the columns of seeds, by unique id.
    """
    grammar = grammars.of(project.adapter)
    known: dict[str, tuple[str, ...]] = {}
    left = MOST
    for uid in order(parents(project)):
        node = project.nodes.get(uid)
        if node is None:
            continue
        declared = tuple(column.name for column in node.columns)
        found = tuple(headers.get(uid, ()))
        if not found and len(node.raw_code) <= left:
            left -= len(node.raw_code)
            found = _of_code(node, project, known, grammar)
        known[uid] = tuple(dict.fromkeys((*found, *(one for one in declared if one.lower() not in _folded(found)))))
    return known


def aliases(node: Node) -> tuple[str, ...]:
    """Returns the names that a model's SQL gives to something, whatever that is."""
    return tuple(dict.fromkeys(_ALIAS.findall(_plain_sql(node)))) if node.language == "sql" else ()


def _of_code(node: Node, project: Project, known: Mapping[str, tuple[str, ...]], grammar: str) -> tuple[str, ...]:
    if node.language != "sql" or node.resource_type != "model" or len(node.raw_code) > _LONGEST:
        return ()
    tables = {}
    for uid in node.depends_on:
        above = project.nodes.get(uid)
        if above is not None:
            columns = tuple(name.lower() for name in known.get(uid, ()))
            tables[above.name.lower()] = Relation((uid,), columns or None)
        elif uid in project.sources:
            tables[uid.rpartition(".")[2].lower()] = Relation((uid,))
    return of_query(_plain_sql(node), grammar, Known(tables)).names or ()


def _plain_sql(node: Node) -> str:
    """The SQL without its Jinja: relations by their own names, whatever else it computes as null."""
    text = _REF.sub(_named, _SILENT.sub(" ", node.raw_code))
    return _OTHER.sub("null", text)


def _named(call: re.Match[str]) -> str:
    texts = [one or other for one, other in _TEXT.findall(re.sub(r",\s*v(?:ersion)?\s*=.*", "", call[2]))]
    return f' "{texts[-1].lower()}" ' if texts else " null "


def _folded(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)
