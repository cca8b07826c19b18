"""Tables that dbt goes on with: copies that keep what its statements count on, and write to nothing but themselves."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

import hashlib

from bot.world.warehouses.postgres import relations
from bot.world.warehouses.postgres.relations import Relation
from bot.world.warehouses.postgres.session import Session
from bot.world.warehouses.postgres.spelling import quote, text


def copy(session: Session, source: Relation, place: tuple[str, str]) -> None:
    """Copies the rows of a relation into a table, which is not there yet; its schema may be missing.

    Of a table, indexes, constraints, defaults, identities and computed columns come along, but no foreign keys and no
    triggers. What was counted by a sequence goes on counting, by one of the copy's own.

    Raises:
        QueryFailed: the server refused: the source can't be read, say.
    """
    made = [f"create schema if not exists {quote(place[0])}"]
    origin, table = quote(source.schema, source.name), quote(*place)
    if source.kind not in relations.TABLES:
        session.run("; ".join([*made, f"create table {table} as select * from {origin}"]))
        return
    written, counted = _columns(session, source)
    made.append(f"create table {table} (like {origin} including all)")
    for column, is_whole, is_identity in counted:
        if not is_identity:
            # Its default counts with the source's sequence, which would be written to.
            made.append(f"alter table {table} alter {quote(column)} drop default")
            made += _sequence(place, column) if is_whole else []
    if written:
        names = ", ".join(map(quote, written))
        made.append(f"insert into {table} ({names}) overriding system value select {names} from {origin}")
    for column, is_whole, is_identity in counted:
        if is_whole or is_identity:
            following = f"greatest(coalesce(max({quote(column)}), 0) + 1, 1)"
            counter = f"pg_catalog.pg_get_serial_sequence({text(table)}, {text(column)})"
            made.append(f"select pg_catalog.setval({counter}, {following}, false) from {table}")
    session.run("; ".join(made))


def _sequence(place: tuple[str, str], column: str) -> list[str]:
    """A sequence that goes with a column, and counts in it."""
    digest = hashlib.sha256("\0".join((*place, column)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    name = quote(place[0], f"proofbot_{digest}_seq")
    table = quote(*place)
    return [
        f"create sequence {name} owned by {table}.{quote(column)}",
        f"alter table {table} alter {quote(column)} set default pg_catalog.nextval({text(name)})",
    ]


def _columns(session: Session, source: Relation) -> tuple[list[str], list[tuple[str, bool, bool]]]:
    """The columns of a table that are not computed; and those that a sequence counts, each with whether it is a whole
    number, and an identity."""
    rows = session.run(
        "select a.attname, a.attgenerated = '', a.atttypid in (20, 21, 23), a.attidentity <> '', a.attidentity <> '' "
        "or exists(select from pg_catalog.pg_attrdef e join pg_catalog.pg_depend d on d.objid = e.oid "
        "and d.classid = 'pg_catalog.pg_attrdef'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass "
        "join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S' "
        "where e.adrelid = a.attrelid and e.adnum = a.attnum) "
        f"from pg_catalog.pg_attribute a where a.attrelid = {text(quote(source.schema, source.name))}::regclass "
        "and a.attnum > 0 and not a.attisdropped order by a.attnum"
    )
    written = [str(name) for name, is_written, *_ in rows if is_written is True]
    counted = [(str(row[0]), row[2] is True, row[3] is True) for row in rows if row[4] is True]
    return written, counted
