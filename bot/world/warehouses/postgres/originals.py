"""Production's tables in a copy of its database, where dbt builds others under the same names."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

import itertools
from collections.abc import Collection

from bot.domain import RelationName
from bot.errors import EnvironmentFailure
from bot.world.warehouses.postgres import production, relations
from bot.world.warehouses.postgres.relations import TABLES, Relation
from bot.world.warehouses.postgres.session import Session

# What hangs on tables of these numbers: views that read them, and keys.
_DEPENDENT = (
    "select format('drop %s if exists %I.%I cascade', case v.relkind when 'v' then 'view' else 'materialized view' "
    "end, n.nspname, v.relname) from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid "
    "and d.classid = 'pg_catalog.pg_rewrite'::regclass join pg_catalog.pg_class v on v.oid = r.ev_class "
    "join pg_catalog.pg_namespace n on n.oid = v.relnamespace where d.refclassid = 'pg_catalog.pg_class'::regclass "
    "and d.refobjid in ({ids}) and v.relkind in ('v', 'm') union "
    "select format('alter table if exists %s drop constraint if exists %I cascade', k.conrelid::regclass, k.conname) "
    "from pg_catalog.pg_constraint k where k.contype = 'f' and k.conparentid = 0 "
    "and (k.confrelid in ({ids}) or k.conrelid in ({ids}))"
)


class Originals:
    """Those that were asked for, and may be copied from later: they are moved aside where others are dropped.

    Args:
        stem: begins the names of the schemas that they are moved to.
    """

    def __init__(self, stem: str) -> None:
        self._places = (f"{stem}{number}" for number in itertools.count(1))
        self._tables: dict[tuple[str, str], int] = {}
        self._views: set[tuple[str, str]] = set()

    def note(self, session: Session, names: Collection[RelationName]) -> None:
        """These are production's, as they are now. Raises QueryFailed."""
        for one, number in _numbered(session, f"{relations.named(names)} and c.relkind in ('r', 'p', 'v', 'm')"):
            place = (one.schema.lower(), one.name.lower())
            if one.kind in TABLES:
                self._tables.setdefault(place, number)
            else:
                self._views.add(place)

    def spare(self, session: Session, found: Collection[Relation]) -> list[Relation]:
        """Moves what is production's aside, with nothing that depends on it, as if it were dropped.

        Returns:
            what may be dropped.

        Raises:
            QueryFailed: the server refused.
        """
        among = set(found)
        moved = [(one, number) for one, number in self._known(session) if one in among]
        if not moved:
            return list(found)
        ids = ", ".join(str(number) for _, number in moved)
        relations.run(session, [str(sql) for (sql,) in session.run(_DEPENDENT.format(ids=ids))])
        spared = [one for one, _ in moved]
        relations.move(session, spared, {schema: next(self._places) for schema in {one.schema for one in spared}})
        return [one for one in found if one not in spared]

    def find(self, session: Session, name: RelationName) -> Relation | None:
        """Production's table of this name, wherever it is now.

        Raises:
            QueryFailed: the server refused.
            EnvironmentFailure: production has a view there, which is gone.
        """
        place = production.place(name)
        if place in self._views:
            raise EnvironmentFailure(
                f"{name.schema}.{name.identifier} can't be copied: in production it is a view, and dbt writes to the "
                "same name in a copy of the database",
                remedy="Keep environments apart by schemas: `warehouse: {isolation: schema}`.",
            )
        number = self._tables.get(place)
        found = relations.listed(session, f"c.oid = {number}") if number is not None else []
        return found[0] if found else None

    def _known(self, session: Session) -> list[tuple[Relation, int]]:
        if not self._tables:
            return []
        return _numbered(session, f"c.oid in ({', '.join(map(str, sorted(self._tables.values())))})")


def _numbered(session: Session, condition: str) -> list[tuple[Relation, int]]:
    """Relations with the numbers that they keep wherever they are moved."""
    found = relations.listed(session, condition)
    rows = session.run(
        "select n.nspname, c.relname, c.oid::bigint from pg_catalog.pg_class c "
        f"join pg_catalog.pg_namespace n on n.oid = c.relnamespace where {condition}"
    )
    numbers = {(str(schema), str(name)): int(str(number)) for schema, name, number in rows}
    return [(one, numbers[one.schema, one.name]) for one in found if (one.schema, one.name) in numbers]
