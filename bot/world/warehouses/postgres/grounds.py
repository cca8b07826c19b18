"""The grounds of Postgres: environments are built one after the other under the same names, and moved away.

A connection of Postgres sees one database, so all environments lie in one: the user's own, in schemas of ours, or
a copy of it. One that has ended is moved to schemas of its own; views follow what they read. One that follows it
begins with views over what was moved. Where a foreign key points to a table it begins with a copy of that: no key can
point to a view. So does what dbt does not manage (a hook's log), because somebody may write to it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain import Beside, RelationName, Side
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Brought, Env, Following, Grounds, OnAnswer, OnStatement, Shown, Site
from bot.world.warehouses.postgres import copies, ours, production, relations, routines
from bot.world.warehouses.postgres.credentials import find_driver, server
from bot.world.warehouses.postgres.originals import Originals
from bot.world.warehouses.postgres.refusals import as_failure
from bot.world.warehouses.postgres.relations import Relation
from bot.world.warehouses.postgres.session import Refused, Session, Sessions
from bot.world.warehouses.postgres.spelling import cut, quote, text
from bot.world.warehouses.postgres.warehouse import Places, PostgresTwins


def lay_out(site: Site) -> Grounds:
    """Grounds in the database of a target. Nothing is made, and nobody is connected, before that is needed.

    Raises:
        UsageError: the target does not say enough, or psycopg is not installed.
    """
    find_driver()
    return PostgresGrounds(site)


@dataclass(frozen=True)
class _Parked:
    """An environment that has ended: to which schema each was moved, and how its functions are made again."""

    moved: dict[str, str] = field(default_factory=dict)
    made_again: list[str] = field(default_factory=list)


class PostgresGrounds:
    """See `Grounds`.

    Args:
        site: where. Under `isolation: database` the user's database is copied when its profile is first asked for:
            dbt connects to compile.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._server = server(site)
        self._root = ours.new_root(site.label)
        self._is_apart = site.options.isolation == "database"
        self._database = self._root if self._is_apart else self._server.database
        self._sessions = Sessions(self._server, self._database)
        # No session may be on a database that is copied, so what holds the lock is elsewhere.
        place = ours.maintenance(self._server) if self._is_apart else self._database
        self._lasting = Sessions(self._server, place)
        self._holder = ours.lasting(self._lasting, self._root)
        self._has_begun = False
        self._managed: frozenset[tuple[str, str]] = frozenset()
        self._names: Collection[RelationName] = ()
        self._number = 0
        self._ended: dict[Env, _Parked] = {}
        self._seen: dict[Beside, _Parked] = {}
        self._laid: dict[tuple[str, str], Relation] = {}
        self._originals = Originals(f"{self._root}o")

    @property
    def name(self) -> str:
        """PostgreSQL, with the version of the server."""
        return f"PostgreSQL {self._version()}"

    @property
    def versions(self) -> Mapping[str, str]:
        """See `Grounds`."""
        return {"postgresql": self._version(), "psycopg": importlib.metadata.version("psycopg")}

    @property
    def at_once(self) -> bool:
        """All environments have the same names while they are built."""
        return False

    def profile(self, env: Env) -> str:  # noqa: ARG002 (the names are those of all)
        """See `Grounds`."""
        if not self._is_apart:
            return self._site.profile_with({"schema": self._root})
        self._start()
        key = "dbname" if "dbname" in self._site.output else "database"
        return self._site.profile_with({key: self._root})

    def stray(self, relation: RelationName) -> str | None:
        """See `Grounds`."""
        if relation.database is not None and relation.database.lower() != self._database.lower():
            return f"would be written to the database {relation.database}, which is not proofbot's"
        if self._is_apart or self._is_natural(relation.schema):
            return None
        return f"would be written to the schema {relation.schema}, which is not proofbot's"

    @property
    def remedy_for_strays(self) -> str:
        """See `Grounds`."""
        if self._is_apart:
            return "Let `database:` of the nodes be that of the target."
        return (
            "Let the schemas of all nodes begin with the schema of the target, as dbt does by itself, or copy the "
            "whole database for each run by `warehouse: {isolation: database}`."
        )

    def state(self) -> str | None:
        """See `Grounds`: nobody can tell what else is written to the database."""
        return None

    def take(self, project: str, digest: str) -> Contents:  # noqa: ARG002
        """See `Grounds`: nothing is kept."""
        return Contents()

    def keep(self, project: str, digest: str, contents: Contents) -> None:
        """See `Grounds`: nothing is kept."""

    def readable(self, names: Collection[RelationName]) -> frozenset[RelationName]:
        """See `Grounds`. Nothing of another database can be read; a copy of the user's has its relations."""
        here = {None, self._server.database.lower(), self._database.lower()}
        near = [name for name in names if (name.database and name.database.lower()) in here]
        if not near:
            return frozenset()
        if self._is_apart:
            self._start()
        with self._doing("production could not be looked at"):
            if self._is_apart:
                self._originals.note(self._admin, near)
            return production.readable(self._admin, near)

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """See `Grounds`."""
        self._start()
        self._names = tuple(managed)
        self._managed = frozenset(production.place(name) for name in managed)
        with self._doing("the environment could not begin"):
            shown = following.relations if isinstance(following, Shown) else {}
            self._clear(shown)
            former = self._ended.pop(env, None)
            if former is not None and former not in self._seen.values():
                self._discard(former)
            if isinstance(following, Following):
                self._follow(following)
            production.show(self._admin, _elsewhere(shown))

    def drop(self, env: Env, names: Collection[RelationName]) -> None:  # noqa: ARG002 (only one can have begun)
        """See `Grounds`."""
        of_ours = [name for name in names if self.stray(name) is None]
        with self._doing("relations could not be dropped"):
            self._drop(relations.named(of_ours))

    def bring(self, env: Env, brought: Brought) -> None:  # noqa: ARG002 (only one can have begun)
        """See `Grounds`. Production is as it is now, or as it was when the database was copied."""
        with self._doing("what is to be copied could not be looked at"):
            found = self._sources(brought)
        for name, source in found.items():
            place = (cut(name.schema), cut(name.identifier))
            grant = (
                f"GRANT USAGE ON SCHEMA {quote(source.schema)} TO {quote(self._server.user)}; "
                f"GRANT SELECT ON {quote(source.schema, source.name)} TO {quote(self._server.user)}"
            )
            with self._doing(f"{brought.relations[name]} could not be copied", grant):
                self._drop(relations.named([name]))
                copies.copy(self._admin, source, place)
            self._laid.pop((place[0].lower(), place[1].lower()), None)

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:  # noqa: ARG002
        """See `Grounds`: larger ones than 256 MB stay."""
        with self._doing("rows could not be laid in another order"):
            for name in names:
                parts = (cut(name.schema), cut(name.identifier))
                laid = self._laid.pop((parts[0].lower(), parts[1].lower()), None)
                if laid is not None:
                    relations.shuffle(self._admin, laid, parts[0], seed)

    def end(self, env: Env) -> None:
        """See `Grounds`: what is there is moved away."""
        with self._doing("the environment could not be moved away"):
            found = relations.listed(self._admin, self._condition())
            schemas = {one.schema for one in found} | self._schemas()
            places = {one: f"{self._root}p{self._number + n}" for n, one in enumerate(sorted(schemas))}
            self._number += len(places)
            relations.move(self._admin, found, places)
            made_again = [] if self._is_apart else routines.move(self._admin, self._condition(), places)
            self._ended[env] = _Parked(places, made_again)
            self._laid = {}

    def open(self, on_statement: OnStatement, on_answer: OnAnswer) -> Warehouse:
        """See `Grounds`."""
        sessions = Sessions(self._server, self._database, on_statement, on_answer)
        places = {side: self._places(self._ended.get(side, _Parked())) for side in Side}
        return PostgresTwins(sessions, places, f"{self._root}k")

    def add(self, warehouse: Warehouse, beside: Beside) -> None:
        """See `Grounds`."""
        if not isinstance(warehouse, PostgresTwins):
            raise AssertionError("another kind of warehouse")
        former = self._seen.get(beside)
        self._seen[beside] = self._ended.get(beside, _Parked())
        warehouse.add(beside, self._places(self._seen[beside]))
        if former is not None and former is not self._seen[beside]:
            with self._doing("an environment could not be dropped"):
                self._discard(former)

    def remove(self) -> None:
        """See `Grounds`."""
        with contextlib.suppress(EnvironmentFailure, QueryFailed):
            if self._has_begun:
                self._has_begun = False
                self._sessions.close()
                if self._is_apart:
                    ours.drop_database(self._holder, self._root)
                else:
                    ours.drop_schemas(self._holder, self._root)
        self._holder.close()
        self._lasting.close()
        self._sessions.close()

    @property
    def _admin(self) -> Session:
        """The session that changes what lies in the database."""
        return self._sessions.main if self._is_apart else self._holder

    def _version(self) -> str:
        with self._doing("the server does not say its version"):
            return str(self._holder.run("show server_version")[0][0]).split()[0]

    def _start(self) -> None:
        """Sweeps what dead runs left, and makes what is ours."""
        if self._has_begun:
            return
        with self._doing("what dead runs left could not be looked for"):
            ours.sweep_databases(self._holder) if self._is_apart else ours.sweep_schemas(self._holder)
        self._has_begun = True  # from now on something may be there
        if self._is_apart:
            self._copy_database()
        else:
            grant = f"GRANT CREATE ON DATABASE {quote(self._database)} TO {quote(self._server.user)}"
            with self._doing(f"the schema {self._root} could not be made", grant):
                self._holder.run(f"create schema {quote(self._root)}; {ours.mark('schema', self._root)}")

    def _copy_database(self) -> None:
        user, source = quote(self._server.user), quote(self._server.database)
        with self._doing(
            f"the database {self._server.database} could not be copied",
            f"ALTER ROLE {user} CREATEDB; ALTER DATABASE {source} OWNER TO {user}",
        ):
            limit = f"connection limit {ours.LIMIT}"
            self._holder.run(f"create database {quote(self._root)} template {source} {limit}")
            self._holder.run(ours.mark("database", self._root))

    def _condition(self) -> str:
        """What of the database dbt builds: a condition on `n` and `c`."""
        if self._is_apart:
            return relations.named(self._names)
        return f"(n.nspname = {text(self._root)} or pg_catalog.starts_with(n.nspname, {text(self._root + '_')}))"

    def _is_natural(self, schema: str) -> bool:
        return cut(schema) == self._root or schema.startswith(f"{self._root}_")

    def _schemas(self) -> set[str]:
        """The schemas that dbt made for itself."""
        if self._is_apart:
            return set()
        found = self._admin.run(f"select n.nspname from pg_catalog.pg_namespace n where {self._condition()}")  # noqa: S608
        return {str(schema) for (schema,) in found}

    def _clear(self, shown: Mapping[RelationName, RelationName]) -> None:
        """Drops what an environment left that has not ended. Where the copy of a database has a relation of production
        under a name that dbt manages, only what is in the way of views goes; what dbt builds is dropped before that."""
        condition = self._condition()
        if self._is_apart and any(production.place(theirs) in self._managed for theirs in shown.values()):
            condition = relations.named(_elsewhere(shown))
        self._drop(condition)
        if not self._is_apart:
            routines.drop(self._admin, self._condition())
        self._laid = {}

    def _drop(self, condition: str) -> None:
        """Drops what fulfils a condition on `n` and `c`."""
        relations.drop(self._admin, self._originals.spare(self._admin, relations.listed(self._admin, condition)))

    def _sources(self, brought: Brought) -> dict[RelationName, Relation]:
        """What of it is there, by our names."""
        ours = {name: theirs for name, theirs in brought.relations.items() if self.stray(name) is None}
        if isinstance(brought.of, datetime):
            here = {self._server.database.lower(), self._database.lower()}
            near = {name: theirs for name, theirs in ours.items() if (theirs.database or "").lower() in here}
            taken = {name: it for name, it in near.items() if self._is_apart and production.place(it) in self._managed}
            kept = {name: self._originals.find(self._admin, theirs) for name, theirs in taken.items()}
            names = {name: theirs for name, theirs in near.items() if name not in taken}
            met = production.find(self._admin, names.values())
            return {name: one for name, one in kept.items() if one} | _by_name(names, met)
        moved = {schema.lower(): place for schema, place in self._ended[brought.of].moved.items()}
        lying = {
            name: replace(theirs, schema=moved[cut(theirs.schema).lower()])
            for name, theirs in ours.items()
            if cut(theirs.schema).lower() in moved
        }
        return _by_name(lying, production.find(self._admin, lying.values()))

    def _follow(self, following: Following) -> None:
        parked = self._ended[following.of]
        without = {(cut(name.schema).lower(), cut(name.identifier).lower()) for name in following.without}
        back = {place: schema for schema, place in parked.moved.items()}
        if not back:
            return
        found = relations.listed(self._admin, f"n.nspname in ({', '.join(text(place) for place in sorted(back))})")
        laid, copied = [], set()
        for one in found:
            folded = (back[one.schema].lower(), one.name.lower())
            if not one.is_whole or folded in without:
                continue
            laid.append((one, back[one.schema]))
            if one.is_needed or folded not in self._managed:
                copied.add(one)
            else:
                self._laid[folded] = one
        relations.lay(self._admin, laid, copied)
        routines.make(self._admin, parked.made_again)

    def _discard(self, parked: _Parked) -> None:
        for place in parked.moved.values():
            self._drop(f"n.nspname = {text(place)}")
            self._admin.run(f"drop schema if exists {quote(place)} cascade")

    def _places(self, parked: _Parked) -> Places:
        managed, is_apart, is_natural = self._managed, self._is_apart, self._is_natural

        def is_managed(name: RelationName) -> bool:
            if not is_apart:
                return is_natural(name.schema)
            return (cut(name.schema).lower(), cut(name.identifier).lower()) in managed

        return Places(parked.moved, is_managed)

    @contextlib.contextmanager
    def _doing(self, what: str, grant: str = "") -> Iterator[None]:
        """Tells what failed, and why."""
        try:
            yield
        except Refused as refused:
            if refused.state == "55006":
                raise EnvironmentFailure(
                    f"{what}: {refused.message}",
                    where=self._site.where,
                    remedy="Close the other sessions on it (`select * from pg_stat_activity`), or keep environments "
                    "apart by schemas: `warehouse: {isolation: schema}`.",
                ) from None
            raise as_failure(refused, what, where=self._site.where, grant=grant) from None


def _by_name(
    names: Mapping[RelationName, RelationName], found: Mapping[RelationName, Relation]
) -> dict[RelationName, Relation]:
    return {name: found[theirs] for name, theirs in names.items() if theirs in found}


def _elsewhere(shown: Mapping[RelationName, RelationName]) -> Mapping[RelationName, RelationName]:
    """Those that production has under another name. The others lie in the copy of the database already."""
    return {name: theirs for name, theirs in shown.items() if production.place(name) != production.place(theirs)}
