"""Copies tables from one DuckDB file into another, with what makes them more than rows."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain import RelationName
from bot.errors import EnvironmentFailure
from bot.world.warehouses import duckdb_file
from bot.world.warehouses.duckdb_file import attach, quote

if TYPE_CHECKING:
    import duckdb

_ENV = "environment of proofbot"
_NOT_FOR_FILES = frozenset({"memory", "system", "temp"})
_NAME = r'(?:"(?:[^"]|"")*"|[^\s".(]+)'
_PATH = rf"(?:{_NAME}\.)*{_NAME}"
_TABLE = re.compile(rf"^CREATE TABLE {_PATH}(?=\()")
_INDEX = re.compile(rf"^(CREATE (?:UNIQUE )?INDEX {_NAME} ON ){_PATH}(?=\()")
# A key wants another table, which dbt could not replace any more; a computed column can't be written.
_PLAIN_ONLY = re.compile(r"\b(?:REFERENCES|GENERATED)\b")


@dataclass(frozen=True)
class Source:
    """A file to copy from, that nobody writes to meanwhile. `catalog` is the name that its views may have for it;
    `attached` are further files that they may read, by their names."""

    file: Path
    catalog: str
    attached: Mapping[str, Path] = field(default_factory=dict)


def bring(database: Path, source: Source, wanted: Mapping[RelationName, RelationName]) -> None:
    """Copies relations into a database of ours, as tables, in place of what is there under these names.

    Constraints, defaults and indexes come along, but for keys to other tables. What the source has not is passed over.

    Args:
        database: it is made where there is none.
        wanted: names in the database, and what the source calls each.

    Raises:
        EnvironmentFailure: the source can't be read, the disk is full, or what is there can't be dropped.
    """
    import duckdb

    found = duckdb_file.find(source.file, wanted.values()) if source.file.is_file() else frozenset()
    there = {ours: theirs for ours, theirs in wanted.items() if theirs in found}
    if not there:
        return
    duckdb_file.drop(database, there)
    with contextlib.closing(duckdb.connect()) as connection:
        catalog = source.catalog if source.catalog.lower() not in _NOT_FOR_FILES else f"{source.catalog} of the user"
        files = {**source.attached, catalog: source.file}
        try:
            for alias in files:
                attach(connection, alias, files)
            connection.execute(f"attach {_text(str(database))} as {quote(_ENV)}")
            connection.execute(f"use {quote(_ENV)}")
            for ours, theirs in there.items():
                _copy(connection, ours, _spelt(connection, catalog, theirs))
        except duckdb.Error as error:
            raise EnvironmentFailure(
                f"{source.file.name} could not be copied from: {str(error).splitlines()[0]}",
                where=str(source.file),
                remedy="Check that each of its incremental models can be read, and that the disk is not full.",
            ) from None


def _spelt(connection: duckdb.DuckDBPyConnection, catalog: str, name: RelationName) -> tuple[str, str, str]:
    """A relation of the source as its catalog spells it."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where lower(database_name) = lower($1) "
        "and lower(schema_name) = lower($2) and lower(table_name) = lower($3) union all "
        "select schema_name, view_name from duckdb_views() where lower(database_name) = lower($1) "
        "and lower(schema_name) = lower($2) and lower(view_name) = lower($3)",
        [catalog, name.schema, name.identifier],
    ).fetchall()
    schema, identifier = found[0] if found else (name.schema, name.identifier)
    return catalog, str(schema), str(identifier)


def _copy(connection: duckdb.DuckDBPyConnection, ours: RelationName, source: tuple[str, str, str]) -> None:
    import duckdb

    place, origin = ".".join(map(quote, (_ENV, ours.schema, ours.identifier))), ".".join(map(quote, source))
    connection.execute(f"create schema if not exists {quote(_ENV)}.{quote(ours.schema)}")
    told = "lower(database_name) = lower($1) and schema_name = $2 and table_name = $3"
    made = connection.execute(f"select sql from duckdb_tables() where {told}", source).fetchall()
    sql = str(made[0][0]) if made else ""
    if _TABLE.match(sql) and not _PLAIN_ONLY.search(sql):
        with contextlib.suppress(duckdb.CatalogException, duckdb.BinderException):  # a default that is not here
            connection.execute(_TABLE.sub(lambda _: f"create table {place}", sql))
            connection.execute(f"insert into {place} select * from {origin}")
            for (index,) in connection.execute(f"select sql from duckdb_indexes() where {told}", source).fetchall():
                connection.execute(_INDEX.sub(lambda begun: f"{begun[1]}{place}", str(index)))
            return
    connection.execute(f"create or replace table {place} as select * from {origin}")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
