"""Relations of an environment: what there is, and how it is moved away, laid in place of others, and dropped."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.domain import RelationName
from bot.world.warehouses.postgres.session import Session
from bot.world.warehouses.postgres.spelling import cut, quote, text

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table", "S": "sequence"}
TABLES = frozenset("rp")
"""Kinds that have rows of their own, which can be written to."""

_AT_ONCE = 100  # statements of a transaction: each holds locks until its end
_MOST_BYTES = 256 << 20  # of a table that is rewritten


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that exists. `kind` is a letter of pg_class. `is_whole` says that it is not a part of another one,
    `is_needed` that a view can't stand for it: foreign keys point to it, or it has no columns."""

    schema: str
    name: str
    kind: str
    is_whole: bool
    is_needed: bool
    bytes: int

    @property
    def words(self) -> str:
        """As it stands after `drop` or `alter`."""
        return f"{_KINDS[self.kind]} {quote(self.schema, self.name)}"


def listed(session: Session, condition: str) -> list[Relation]:
    """All relations that fulfil a condition on `n` (pg_namespace) and `c` (pg_class), and free sequences."""
    rows = session.run(
        "select n.nspname, c.relname, c.relkind::text, not c.relispartition, c.relnatts = 0 or exists("
        "select from pg_catalog.pg_constraint k where k.contype = 'f' and k.confrelid = c.oid), "
        "case when c.relkind in ('r', 'm', 'p') then pg_catalog.pg_table_size(c.oid) else 0 end "
        "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        "where (c.relkind in ('r', 'p', 'v', 'm', 'f') or c.relkind = 'S' and not exists("
        "select from pg_catalog.pg_depend d where d.objid = c.oid and d.classid = 'pg_catalog.pg_class'::regclass "
        f"and d.deptype in ('a', 'i', 'e') and d.refclassid = d.classid)) and {condition} order by 1, 2"
    )
    return [
        Relation(str(schema), str(name), str(kind), whole is True, needed is True, int(str(size or 0)))
        for schema, name, kind, whole, needed, size in rows
    ]


def named(names: Collection[RelationName]) -> str:
    """A condition: one of these names, regardless of case."""
    if not names:
        return "false"
    pairs = sorted({(cut(name.schema), cut(name.identifier)) for name in names})
    # The catalog's own names know the lower case of ASCII only.
    told = ", ".join(f'(lower({text(schema)} collate "C"), lower({text(name)} collate "C"))' for schema, name in pairs)
    return f"(lower(n.nspname), lower(c.relname)) in ({told})"


def drop(session: Session, relations: Iterable[Relation]) -> None:
    """Drops relations with all that depends on them. Raises QueryFailed or EnvironmentFailure."""
    run(session, [_drop(one) for one in relations])


def move(session: Session, relations: Sequence[Relation], places: dict[str, str]) -> None:
    """Moves relations to other schemas, by the schema they lie in; views follow what they read. Raises as `drop`."""
    made = [f"create schema {quote(place)}" for place in places.values()]
    moved = [
        f"alter {one.words} set schema {quote(places[one.schema])}"
        for one in relations
        if one.kind != "S"  # both sides may count on
    ]
    run(session, [*made, *moved])


def lay(session: Session, relations: Sequence[tuple[Relation, str]], copied: Collection[Relation]) -> None:
    """Lays relations into other schemas, each by its own: those of `copied` as tables, others as views.

    Raises as `drop`.
    """
    made = [f"create schema if not exists {quote(schema)}" for schema in sorted({schema for _, schema in relations})]
    kept = [(one, schema) for one, schema in relations if one in copied]
    columns = _written(session, {one.schema for one, _ in kept})
    for one, schema in relations:
        source, place = quote(one.schema, one.name), quote(schema, one.name)
        if one in copied and one.kind in TABLES:
            names = ", ".join(quote(name) for name in columns.get((one.schema, one.name), ()))
            made.append(f"create table {place} (like {source} including all)")
            if names:
                made.append(f"insert into {place} ({names}) overriding system value select {names} from {source}")
        elif one.kind != "S":
            made.append(f"create view {place} as select * from {source}")
    run(session, made)


def shuffle(session: Session, relation: Relation, schema: str, seed: str) -> None:
    """Replaces the view that shows a table by a copy of it, in another order. Larger ones stay. Raises as `drop`."""
    if relation.kind not in "rpm" or relation.bytes > _MOST_BYTES:
        return
    place = quote(schema, relation.name)
    row = quote("row of proofbot")
    session.run(
        f"drop view if exists {place}; create table {place} as select {row}.* "
        f"from {quote(relation.schema, relation.name)} as {row} "
        f"order by md5({text(seed)} || {row}::text)"
    )


def run(session: Session, statements: Sequence[str]) -> None:
    """Runs statements in order, a hundred in a transaction. Raises as `drop`."""
    for start in range(0, len(statements), _AT_ONCE):
        session.run("; ".join(statements[start : start + _AT_ONCE]))


def _drop(one: Relation) -> str:
    return f"drop {_KINDS[one.kind]} if exists {quote(one.schema, one.name)} cascade"


def _written(session: Session, schemas: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """The columns of tables that are not computed of others."""
    if not schemas:
        return {}
    rows = session.run(
        "select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum) "
        "from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid "
        "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where a.attnum > 0 and not a.attisdropped "
        f"and a.attgenerated = '' and n.nspname in ({', '.join(text(schema) for schema in sorted(schemas))}) "
        "group by 1, 2"
    )
    return {(str(schema), str(name)): names for schema, name, names in rows if isinstance(names, list)}
