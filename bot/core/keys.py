"""Where a model's primary key is declared, what proves it, and which columns hold the time of the build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.core.macros import Reach, core_packages
from bot.domain import Key, KeySource, Node, NodeResult, Project, Side, Test
from bot.errors import UsageError

_NAME = re.compile(r"[^\W\d][\w$]*")
_SNAPSHOT_COLUMNS = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")

# The tests that prove a key, whose macros they are, and what they may be told without proving less.
_PROOFS = {
    "unique": "macro.dbt.test_unique",
    "not_null": "macro.dbt.test_not_null",
    "unique_combination_of_columns": "macro.dbt_utils.test_unique_combination_of_columns",
}
_HARMLESS = frozenset({"column_name", "combination_of_columns", "quote_columns", "fail_calc", "warn_if", "error_if"})
_AS_DBT_HAS_IT = {"fail_calc": "count(*)", "warn_if": "!= 0", "error_if": "!= 0"}


def declared(project: Project, unique_id: str, configured: Sequence[str] | None = None) -> tuple[Key, ...]:
    """Returns the candidates for the primary key of a node, the most trusted first; none for an unknown node.

    `configured` is the key that the settings name: it goes before all others. Tests that a `where` limits prove nothing
    about all rows and are left out. Raises UsageError where `meta.proofbot.key` is neither a column name nor a list of
    them.
    """
    node = project.nodes.get(unique_id)
    if node is None:
        return ()
    tests = [test for test in project.tests.values() if test.model == unique_id and not test.conditional]
    keys: dict[tuple[str, ...], Key] = {}
    stated = tuple(_stated(node) or ())
    if configured and tuple(configured) != stated:  # else the settings have it from there
        keys[tuple(configured)] = Key(tuple(configured), KeySource.CONFIG)
    for columns, source in _candidates(node, tests):
        verbatim = source in (KeySource.META, KeySource.CONSTRAINT)
        names = tuple(columns) if verbatim else _plain(columns, {column.name for column in node.columns})
        if names:
            keys.setdefault(names, Key(names, source))
    return tuple(keys.values())


def proven(
    projects: Mapping[Side, Project],
    results: Mapping[Side, Mapping[str, NodeResult]],
    columns: Sequence[str],
    unique_id: str,
) -> frozenset[Side]:
    """Returns the sides on which dbt has tested in this run that a key is unique and never null, and it was.

    A proof is a `unique` test (or dbt_utils' `unique_combination_of_columns`) of just these columns and a `not_null`
    test of each, all passed without failing rows, over all rows, counted as dbt counts, and run by macros of dbt's own.
    It holds for the values as they are stored: a key that is compared as another type, or regardless of case, may
    still repeat itself.

    Args:
        projects: the sides to look at.
        results: what dbt said of each test of the side in this run, by the test's unique id.
        columns: the key, as on this side; case makes no difference.
        unique_id: the model.
    """
    return frozenset(
        side for side, project in projects.items() if _proves(project, results.get(side, {}), columns, unique_id)
    )


def _proves(project: Project, results: Mapping[str, NodeResult], columns: Sequence[str], unique_id: str) -> bool:
    key = {column.lower() for column in columns}
    node = project.nodes.get(unique_id)
    known = {column.name for column in node.columns} if node else set()
    unique: list[Test] = []
    never_null: dict[str, Test] = {}
    for test in project.tests.values():
        if test.model != unique_id or not _tells_of_all_rows(test) or not _passed(results.get(test.unique_id)):
            continue
        names = {name.lower() for name in _plain(test.columns, known)}
        if test.kind == "not_null":
            never_null.update(dict.fromkeys(names, test))
        elif names == key:
            unique.append(test)
    if not unique or not key <= never_null.keys():
        return False
    return any(_run_by_dbt(project, [test, *(never_null[name] for name in key)]) for test in unique)


def _tells_of_all_rows(test: Test) -> bool:
    """Whether nothing in a test's settings lets failing rows pass."""
    if test.kind not in _PROOFS or test.conditional or test.arguments.keys() - _HARMLESS:
        return False
    if any(test.config.get(name) not in (None, "") for name in ("where", "limit", "sql_header")):
        return False
    return all(test.config.get(name) in (None, usual) for name, usual in _AS_DBT_HAS_IT.items())


def _passed(result: NodeResult | None) -> bool:
    return result is not None and result.status == "pass" and not result.failures


def _run_by_dbt(project: Project, tests: Iterable[Test]) -> bool:
    """Whether the macros that these tests go through are all dbt's: a project may have a `test_unique`, a
    `default__test_not_null`, a `ref` or a materialization for tests of its own."""
    trusted = core_packages(project.adapter) | {"dbt_utils"}
    foreign = {unique_id for unique_id, macro in project.macros.items() if macro.package not in trusted}
    if any(_stands_in(project.macros[unique_id].name) for unique_id in foreign):
        return False
    starts = {"macro.dbt.get_where_subquery"}
    starts |= {uid for uid, macro in project.macros.items() if macro.name.startswith("materialization_test_")}
    for test in tests:
        if _PROOFS[test.kind] not in test.macros:
            return False
        starts.update(test.macros)
    return not foreign & starts and not Reach(project, foreign).of(starts)


def _stands_in(name: str) -> bool:
    return name == "ref" or name.startswith("materialization_test_")


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
