"""Relations of production: whether they can be read, and how they are shown in an environment."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.domain import RelationName
from bot.world.warehouses.postgres import relations
from bot.world.warehouses.postgres.relations import Relation
from bot.world.warehouses.postgres.session import Session
from bot.world.warehouses.postgres.spelling import cut, quote, text

_WHY_NOT = "production is only shown here, nobody can write to it"
# A cast of a text can't be worked out before the rule is used; then it fails, and the server tells the text.
_REFUSED = f"select {text(_WHY_NOT)}::text::integer"
_READABLE = (
    "c.relkind <> 'S' and pg_catalog.has_schema_privilege(n.oid, 'usage') "
    "and pg_catalog.has_table_privilege(c.oid, 'select')"
)


def place(name: RelationName) -> tuple[str, str]:
    """Where a relation lies in its database, regardless of case."""
    return cut(name.schema).lower(), cut(name.identifier).lower()


def readable(session: Session, names: Collection[RelationName]) -> frozenset[RelationName]:
    """Which of these are in the database, and may be read by the user of the session. Raises QueryFailed."""
    return frozenset(find(session, names, _READABLE))


def show(session: Session, shown: Mapping[RelationName, RelationName]) -> None:
    """Makes a view of each relation of production, under the name that it has here. It lets no write through.

    Views as plain as these do let writes through, but for rules. What would make them less plain keeps the planner
    from reading only the rows that are asked for.

    Raises:
        QueryFailed: one is not there any more, or its name is taken.
    """
    if not shown:
        return
    there = find(session, shown.values())
    schemas = sorted({cut(name.schema) for name in shown})
    made = [f"create schema if not exists {quote(schema)}" for schema in schemas]
    for name, theirs in shown.items():
        found = there.get(theirs)
        source = quote(found.schema, found.name) if found else quote(theirs.schema, theirs.identifier)
        view = quote(cut(name.schema), cut(name.identifier))
        made.append(f"create view {view} as select * from {source}")
        made += [
            f"create rule {quote(f'proofbot {verb}')} as on {verb} to {view} do instead {_REFUSED}"
            for verb in ("insert", "update", "delete")
        ]
    relations.run(session, made)


def find(
    session: Session, names: Collection[RelationName], condition: str = "c.relkind <> 'S'"
) -> dict[RelationName, Relation]:
    """Those that are there: as they are spelt, or else regardless of case. Raises QueryFailed."""
    exact: dict[tuple[str, str], Relation] = {}
    folded: dict[tuple[str, str], Relation] = {}
    for one in relations.listed(session, f"{relations.named(names)} and {condition}"):
        exact[one.schema, one.name] = one
        folded[one.schema.lower(), one.name.lower()] = one
    met = {name: exact.get((cut(name.schema), cut(name.identifier))) or folded.get(place(name)) for name in names}
    return {name: one for name, one in met.items() if one is not None}
