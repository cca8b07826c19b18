"""Where a model's primary key is declared, and which columns hold the time of the build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.domain import Key, KeySource, Node, Project, Test
from bot.errors import UsageError

_NAME = re.compile(r"[^\W\d][\w$]*")
_SNAPSHOT_COLUMNS = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")


def declared(project: Project, unique_id: str) -> tuple[Key, ...]:
    """Returns the candidates for the primary key of a node, the most trusted first; none for an unknown node.

    Tests that a `where` limits prove nothing about all rows and are left out. Raises UsageError where
    `meta.proofbot.key` is neither a column name nor a list of them.
    """
    node = project.nodes.get(unique_id)
    if node is None:
        return ()
    tests = [test for test in project.tests.values() if test.model == unique_id and not test.conditional]
    keys: dict[tuple[str, ...], Key] = {}
    for columns, source in _candidates(node, tests):
        verbatim = source in (KeySource.META, KeySource.CONSTRAINT)
        names = tuple(columns) if verbatim else _plain(columns, {column.name for column in node.columns})
        if names:
            keys.setdefault(names, Key(names, source))
    return tuple(keys.values())


def volatile_columns(node: Node) -> Mapping[str, str]:
    """Returns the columns that differ from build to build whatever the code says, each with the reason."""
    if node.resource_type != "snapshot" or str(node.config.get("strategy")).lower() != "check":
        return {}
    renamed = node.config.get("snapshot_meta_column_names")
    names = renamed if isinstance(renamed, Mapping) else {}
    reason = "a snapshot with the check strategy writes the time of the build here"
    return {str(names.get(column) or column): reason for column in _SNAPSHOT_COLUMNS}


def _candidates(node: Node, tests: Sequence[Test]) -> Iterator[tuple[Sequence[str], KeySource]]:
    stated = _stated(node)
    if stated:
        yield stated, KeySource.META
    for constraint in node.constraints:
        if constraint.type == "primary_key":
            yield constraint.columns, KeySource.CONSTRAINT
    yield [column.name for column in node.columns if "primary_key" in column.constraints], KeySource.CONSTRAINT
    unique = list(dict.fromkeys(test.columns for test in tests if test.kind == "unique" and len(test.columns) == 1))
    never_null = {test.columns for test in tests if test.kind == "not_null"}
    position = {column.name: index for index, column in enumerate(node.columns)}
    unique.sort(key=lambda columns: position.get(columns[0], len(position)))
    yield from ((columns, KeySource.UNIQUE_NOT_NULL) for columns in unique if columns in never_null)
    for test in tests:
        if test.kind == "unique_combination_of_columns":
            yield test.columns, KeySource.COMBINATION
    yield from ((columns, KeySource.UNIQUE) for columns in unique)
    if node.materialization == "incremental" or node.resource_type == "snapshot":
        yield _names(node.config.get("unique_key")) or (), KeySource.UNIQUE_KEY


def _stated(node: Node) -> Sequence[str] | None:
    ours = node.meta.get("proofbot")
    if ours is None:
        return None
    stated = ours.get("key") if isinstance(ours, Mapping) else ours
    if isinstance(ours, Mapping) and "key" not in ours:
        return None
    names = _names(stated)
    if names is None or not isinstance(ours, Mapping):
        raise UsageError(
            f"meta.proofbot.key of {node.name} is not a column name or a list of column names: {stated!r}",
            where=node.path,
            remedy="Write `meta: {proofbot: {key: order_id}}` or `meta: {proofbot: {key: [order_id, line]}}` "
            f"in the properties of {node.name}.",
        )
    return names


def _names(value: object) -> Sequence[str] | None:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.strip() for name in names):
        return None
    return names


def _plain(columns: Iterable[str], known: set[str]) -> tuple[str, ...]:
    """The columns without their quotes, or nothing if one of them is an expression."""
    names = []
    for column in columns:
        name = column.strip()
        if name not in known and len(name) > 2 and name[0] + name[-1] in {'""', "``", "[]"}:
            name = name[1:-1].replace('""', '"')
        elif name not in known and not _NAME.fullmatch(name):
            return ()
        names.append(name)
    return tuple(dict.fromkeys(names))
