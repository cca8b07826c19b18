"""The statements by which environments are made and dropped. They are tested as text where no stand-in knows them."""

# Names are quoted, and texts are made literals.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.world.warehouses.snowflake.session import quote, text

_DROPPED_AS = {
    "VIEW": "view",
    "MATERIALIZED VIEW": "materialized view",
    "EXTERNAL TABLE": "external table",
    "DYNAMIC TABLE": "dynamic table",
}


def path(*parts: str) -> str:
    """A name in all its parts, quoted."""
    return ".".join(quote(part) for part in parts)


def at_time(moment: datetime | None) -> str:
    """What goes behind the source of a clone so that it is as it was at a moment; nothing where there is none."""
    if moment is None:
        return ""
    told = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f +0000")
    return f" at (timestamp => {text(told)}::timestamp_tz)"


def make(kind: str, name: str, mark: str) -> str:
    """An empty database or schema, in place of one of this name."""
    return f"create or replace transient {kind} {name} comment = {text(mark)}"


def clone(kind: str, name: str, source: str, mark: str, moment: datetime | None = None) -> str:
    """A database, a schema or a table that shares what another one has stored, in place of one of this name."""
    return f"create or replace transient {kind} {name} clone {source}{at_time(moment)} comment = {text(mark)}"


def clone_table(name: str, source: str, moment: datetime | None = None) -> str:
    """A table that shares what another one has stored, in place of one of this name."""
    return f"create or replace transient table {name} clone {source}{at_time(moment)}"


def copy_table(name: str, source: str) -> str:
    """A table of the rows that another relation has now, in place of one of this name."""
    return f"create or replace transient table {name} as select * from {source}"


def show_through(name: str, source: str) -> str:
    """A view of another relation."""
    return f"create or replace view {name} as select * from {source}"


def drop(kind: str, name: str) -> str:
    """Drops a relation; `kind` is the catalog's word for it."""
    return f"drop {_DROPPED_AS.get(kind, 'table')} if exists {name}"


def mix(name: str, columns: Sequence[str], seed: str) -> str:
    """Lays the rows of a table in another order, the same for the same seed."""
    hashed = ", ".join([text(seed), *(quote(column) for column in columns)])
    return f"create or replace transient table {name} as select * from {name} order by hash({hashed})"
