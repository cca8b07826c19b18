"""Relations of production: whether they can be read, how they are shown in an environment, and copied."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import datetime

from bot.domain import RelationName
from bot.errors import QueryFailed
from bot.world.warehouses.snowflake import catalog, spelling
from bot.world.warehouses.snowflake.session import Session

Found = dict[RelationName, tuple[str, catalog.Relation]]


def find(session: Session, names: Collection[RelationName], own: str) -> Found:
    """Those that the role can see, each with its path. The catalog has no more than that.

    Args:
        own: the database of what names none.

    Raises:
        Interrupted: the run was stopped.
    """
    met: Found = {}
    for named in sorted({name.database or own for name in names}):
        among = [name for name in names if (name.database or own) == named]
        # Unquoted by dbt it is upper case; a database that is not there has none of them.
        for database in dict.fromkeys((named, named.upper())):
            wanted = [name for name in among if name not in met]
            with contextlib.suppress(QueryFailed):
                met |= _found_in(session, database, wanted)
    return met


def show(session: Session, place: str, source: str, relation: catalog.Relation, at: datetime) -> None:
    """A table is cloned as it was at a moment; what can't be is shown by a view, which nobody can write to.

    Raises:
        QueryFailed: neither can be made.
        Interrupted: the run was stopped.
    """
    if relation.is_table:
        try:
            session.run(spelling.clone_table(place, source, at))
            return
        except QueryFailed:
            pass  # younger than the moment, kept for no time, or shared by another account
    session.run(spelling.show_through(place, source))


def copy(session: Session, place: str, source: str, relation: catalog.Relation, at: datetime | None) -> None:
    """A table that may be written to: a clone as it was at a moment, or as it is now, or else a copy of its rows.

    Raises:
        QueryFailed: none can be made.
        Interrupted: the run was stopped.
    """
    moments = [at, None] if at else [None]
    for moment in moments if relation.is_table else []:
        with contextlib.suppress(QueryFailed):
            session.run(spelling.clone_table(place, source, moment))
            return
    session.run(spelling.copy_table(place, source))


def _found_in(session: Session, database: str, names: Collection[RelationName]) -> Found:
    listed = catalog.relations(session, database, {name.schema for name in names}, {name.identifier for name in names})
    among = catalog.by_name(listed)
    met = {name: catalog.find(name, among) for name in names}
    return {name: (spelling.path(database, one.schema, one.name), one) for name, one in met.items() if one is not None}
