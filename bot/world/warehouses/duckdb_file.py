"""What proofbot does to DuckDB files as files: copies them, drops relations, mixes rows."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain import RelationName
from bot.errors import EnvironmentFailure
from bot.world.workspace import copy_file

if TYPE_CHECKING:
    import duckdb

_HEADER_BYTES = 12288  # three blocks of 4,096: the main header and both database headers, renewed at each checkpoint
_SMALL = 256 << 20  # bytes; such a file is read in a fifth of a second
_BLOCK = 1 << 20
_MOST_CELLS = 20_000_000  # of a table that is rewritten: four seconds of one core
_SIZES = (
    "select schema_name, table_name, estimated_size * column_count from duckdb_tables() "
    "where database_name = current_database() and not internal"
)

_RELATIONS = (
    "select schema_name, table_name from duckdb_tables() where database_name = current_database() union all "
    "select schema_name, view_name from duckdb_views() where database_name = current_database()"
)


def state(database: Path) -> str:
    """A word that differs when the content of a database file differs, its log included.

    That of a small file is its content's alone, so that a copy restored elsewhere, at another time, is the same. Of a
    large one only size, time and headers are looked at. A file that does not exist has a state, too.
    """
    hasher = hashlib.sha256()
    for path in (database, _log_of(database)):
        try:
            told = path.stat()
            hasher.update(f"{told.st_size} ".encode())
            with path.open("rb") as file:
                if told.st_size <= _SMALL:
                    while block := file.read(_BLOCK):
                        hasher.update(block)
                else:
                    hasher.update(f"{told.st_mtime_ns} ".encode())
                    hasher.update(file.read(_HEADER_BYTES))
        except OSError:
            hasher.update(b"absent ")
    return hasher.hexdigest()[:16]


def copy(database: Path, destination: Path) -> None:
    """Copies a database with its log, while no other process can write to it.

    Raises:
        EnvironmentFailure: another process has it open for writing, it is no DuckDB file, or the disk is full.
    """
    connection = _open_to_read(database)
    try:
        # The log first: closing any file handle of the database itself gives up the lock of this process (POSIX).
        if _log_of(database).exists():
            copy_file(_log_of(database), _log_of(destination))
        copy_file(database, destination)
    finally:
        connection.close()


def find(database: Path, names: Iterable[RelationName]) -> frozenset[RelationName]:
    """Which of these tables and views are in a database of the user's; its own name is not looked at.

    Raises:
        EnvironmentFailure: another process has it open for writing, or it is no DuckDB file.
    """
    with contextlib.closing(_open_to_read(database)) as connection:
        there = {(str(schema).lower(), str(name).lower()) for schema, name in connection.execute(_RELATIONS).fetchall()}
    return frozenset(name for name in names if (name.schema.lower(), name.identifier.lower()) in there)


def show(
    database: Path, relations: Iterable[tuple[RelationName, RelationName, bool]], attached: Mapping[str, Path]
) -> None:
    """Shows relations under other names, by views in a database of ours, which is made where there is none.

    Args:
        relations: the name of a view, what it shows, and whether that lies in this database.
        attached: further databases by their names.

    Raises:
        EnvironmentFailure: one cannot be shown.
    """
    import duckdb

    wanted = list(relations)
    if not wanted:
        return
    drop(database, [ours for ours, _, _ in wanted])
    with contextlib.closing(duckdb.connect(str(database))) as connection:
        own = str(connection.execute("select current_database()").fetchall()[0][0])
        for ours, theirs, is_own in wanted:
            place = ".".join(map(_quote, (own if is_own else theirs.database or own, theirs.schema, theirs.identifier)))
            view = f"{_quote(ours.schema)}.{_quote(ours.identifier)}"
            try:
                if not is_own:
                    attach(connection, theirs.database or "", attached)
                connection.execute(f"create schema if not exists {_quote(ours.schema)}")
                connection.execute(f"create view {view} as select * from {place}")  # noqa: S608 (quoted)
            except duckdb.Error as error:
                raise EnvironmentFailure(
                    f"production's {theirs.schema}.{theirs.identifier} cannot be shown: {str(error).splitlines()[0]}",
                    remedy="Check that it can be read: a view may read what is not there any more.",
                ) from None


def copy_still(database: Path, destination: Path) -> None:
    """Copies a database of ours, with its log, that this process may have open for reading, and that nobody writes to.

    Raises:
        EnvironmentFailure: the disk is full.
    """
    discard(destination)
    if not database.exists():
        return
    if _log_of(database).exists():
        copy_file(_log_of(database), _log_of(destination))
    copy_file(database, destination)
    settle(destination)


def discard(database: Path) -> None:
    """Removes a database of ours with its log; nothing happens where there is none."""
    database.unlink(missing_ok=True)
    _log_of(database).unlink(missing_ok=True)


def shuffle(database: Path, names: Iterable[RelationName], seed: str) -> tuple[RelationName, ...]:
    """Rewrites tables of a database of ours so that their rows lie in another order.

    Columns and their types stay; keys and other constraints go, because this is for who only reads. A table is left as
    it is where it is too large, where a foreign key points at it, or where it is a view.

    Args:
        seed: another one, another order.

    Returns:
        the tables that lie in another order now.

    Raises:
        EnvironmentFailure: the database cannot be opened or written.
    """
    import duckdb

    if not database.exists():
        return ()
    done = []
    try:
        with contextlib.closing(duckdb.connect(str(database))) as connection:
            tables = {
                (str(schema).lower(), str(name).lower()): (str(schema), str(name), int(cells))
                for schema, name, cells in connection.execute(_SIZES).fetchall()
            }
            for wanted in sorted(set(names), key=str):
                schema, name, cells = tables.get((wanted.schema.lower(), wanted.identifier.lower()), ("", "", 0))
                if name and cells <= _MOST_CELLS and _rewrite(connection, f"{_quote(schema)}.{_quote(name)}", seed):
                    done.append(wanted)
            connection.execute("checkpoint")
    except duckdb.Error as error:
        raise EnvironmentFailure(
            f"the rows of its tables could not be put into another order: {str(error).splitlines()[0]}",
            where=str(database),
            remedy="Check that the disk is not full.",
        ) from None
    return tuple(done)


def settle(database: Path) -> None:
    """Writes what a process that was killed left in the log of a database of ours into the database itself."""
    import duckdb

    if _log_of(database).exists():
        with contextlib.closing(duckdb.connect(str(database))) as connection:
            connection.execute("checkpoint")


def drop(database: Path, names: Iterable[RelationName]) -> None:
    """Drops relations, whatever their kind, from a database of ours; those that are not there are passed over.

    Raises:
        EnvironmentFailure: a table that is to stay has a foreign key to one of them.
    """
    import duckdb

    if not database.exists():
        return
    with contextlib.closing(duckdb.connect(str(database))) as connection:
        found = connection.execute(
            "select schema_name, table_name, 'table', database_name, internal from duckdb_tables() union all "
            "select schema_name, view_name, 'view', database_name, internal from duckdb_views()"
        ).fetchall()
        own = connection.execute("select current_database()").fetchall()[0][0]
        kinds = {
            (schema.lower(), name.lower()): (schema, name, kind)
            for schema, name, kind, catalog, internal in found
            if catalog == own and not internal
        }
        places = {(wanted.schema.lower(), wanted.identifier.lower()) for wanted in names}
        _drop_in_order(connection, [kinds[place] for place in sorted(places) if place in kinds])


def _open_to_read(database: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        words = str(error).splitlines()[0]
        locked = "Could not set lock" in words
        raise EnvironmentFailure(
            f"the database could not be opened: {words}",
            where=str(database),
            remedy="Close the other program that has it open (DuckDB lets one process write, or many read)."
            if locked
            else "Check that it is a DuckDB file, of a version that the installed duckdb can read.",
        ) from None


def attach(connection: duckdb.DuckDBPyConnection, alias: str, attached: Mapping[str, Path]) -> None:
    """Lets a connection read a further database, once; none that is not listed. Raises duckdb.Error."""
    for name, path in attached.items():
        if name.lower() == alias.lower():
            text = str(path).replace("'", "''")
            connection.execute(f"attach if not exists '{text}' as {_quote(name)} (read_only)")


def _rewrite(connection: duckdb.DuckDBPyConnection, table: str, seed: str) -> bool:
    """Whether a table could be written anew in another order."""
    import duckdb

    order = f"order by hash(rowid, {int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16)})"
    try:
        connection.execute(f"create or replace table {table} as select * from {table} {order}")  # noqa: S608 (quoted)
    except (duckdb.CatalogException, duckdb.DependencyException, duckdb.BinderException):
        return False  # another table's foreign key points at it
    return True


def _drop_in_order(connection: duckdb.DuckDBPyConnection, relations: Sequence[tuple[str, str, str]]) -> None:
    """Drops what can be dropped until nothing is left: a table stays while a foreign key of another points at it."""
    import duckdb

    while relations:
        refused = []
        for schema, name, kind in relations:
            try:
                connection.execute(f"drop {kind} {_quote(schema)}.{_quote(name)} cascade")
            except duckdb.CatalogException as error:
                refused.append((schema, name, kind))
                words = str(error).splitlines()[0]
        if len(refused) == len(relations):
            raise EnvironmentFailure(
                f"{refused[0][1]!r} cannot be dropped from a copy of the database: {words}",
                remedy="Let dbt make the table whose foreign key points at it, or drop the foreign key.",
            )
        relations = refused


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _log_of(database: Path) -> Path:
    return database.with_name(database.name + ".wal")
