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
from datetime import datetime

from bot.domain import Beside, RelationName, Side
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Brought, Env, Following, Grounds, OnAnswer, OnStatement, Shown, Site
from bot.world.warehouses.postgres import ours
from bot.world.warehouses.postgres.credentials import find_driver, server
from bot.world.warehouses.postgres.environments import Environments
from bot.world.warehouses.postgres.refusals import as_failure
from bot.world.warehouses.postgres.session import Refused, Session, Sessions
from bot.world.warehouses.postgres.spelling import quote
from bot.world.warehouses.postgres.warehouse import PostgresTwins


def lay_out(site: Site) -> Grounds:
    """Grounds in the database of a target. Nothing is made, and nobody is connected, before that is needed.

    Raises:
        UsageError: the target does not say enough.
        EnvironmentFailure: psycopg is not installed.
    """
    find_driver()
    return PostgresGrounds(site)


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
        self._environments = Environments(self._root, lambda: self._admin, is_apart=self._is_apart)

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
        if self._is_apart or self._environments.is_natural(relation.schema):
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
        near = [name for name in names if self._is_here(name)]
        if not near:
            return frozenset()
        if self._is_apart:
            self._start()
        with self._doing("production could not be looked at"):
            return self._environments.readable(near)

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """See `Grounds`."""
        self._start()
        with self._doing("the environment could not begin"):
            self._environments.begin(env, following, managed)

    def drop(self, env: Env, names: Collection[RelationName]) -> None:  # noqa: ARG002 (only one can have begun)
        """See `Grounds`."""
        of_ours = [name for name in names if self.stray(name) is None]
        with self._doing("relations could not be dropped"):
            self._environments.drop(of_ours)

    def bring(self, env: Env, brought: Brought) -> None:  # noqa: ARG002 (only one can have begun)
        """See `Grounds`. Production is as it is now, or as it was when the database was copied."""
        of = None if isinstance(brought.of, datetime) else brought.of
        wanted = {ours: theirs for ours, theirs in brought.relations.items() if self.stray(ours) is None}
        if of is None:
            wanted = {name: theirs for name, theirs in wanted.items() if self._is_here(theirs)}
        with self._doing("what is to be copied could not be looked at"):
            self._environments.drop(self._environments.sources(wanted, of))
            found = self._environments.sources(wanted, of)  # production's own may have been moved aside
        for name, source in found.items():
            origin = quote(source.schema, source.name)
            user = quote(self._server.user)
            grant = f"GRANT USAGE ON SCHEMA {quote(source.schema)} TO {user}; GRANT SELECT ON {origin} TO {user}"
            with self._doing(f"{origin} could not be copied", grant):
                self._environments.bring(name, source)

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:  # noqa: ARG002
        """See `Grounds`: larger ones than 256 MB stay."""
        with self._doing("rows could not be laid in another order"):
            self._environments.shuffle(names, seed)

    def end(self, env: Env) -> None:
        """See `Grounds`: what is there is moved away."""
        with self._doing("the environment could not be moved away"):
            self._environments.end(env)

    def open(self, on_statement: OnStatement, on_answer: OnAnswer) -> Warehouse:
        """See `Grounds`."""
        sessions = Sessions(self._server, self._database, on_statement, on_answer)
        places = {side: self._environments.places(side) for side in Side}
        return PostgresTwins(sessions, places, f"{self._root}k")

    def add(self, warehouse: Warehouse, beside: Beside) -> None:
        """See `Grounds`."""
        if not isinstance(warehouse, PostgresTwins):
            raise AssertionError("another kind of warehouse")
        with self._doing("an environment could not be dropped"):
            self._environments.see(beside, lambda places: warehouse.add(beside, places))

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

    def _is_here(self, name: RelationName) -> bool:
        """Whether a relation of production lies in the database that we see."""
        return name.database is None or name.database.lower() in (self._server.database.lower(), self._database.lower())

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
