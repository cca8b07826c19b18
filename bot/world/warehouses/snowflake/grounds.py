"""The grounds of Snowflake: environments are databases of ours, or schemas of ours in the user's database.

What one environment takes over from another is cloned, which copies nothing. Where the account refuses to clone a
whole, its tables are cloned one by one, and what can't be cloned is shown by views.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from bot.domain import Beside, RelationName, Side
from bot.errors import EnvironmentFailure, QueryFailed, UsageError
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Brought, Env, Following, OnAnswer, OnStatement, Shown, Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.snowflake import catalog, production, spelling
from bot.world.warehouses.snowflake.credentials import query_tag
from bot.world.warehouses.snowflake.environments import Environments
from bot.world.warehouses.snowflake.faults import is_lack_of_grant
from bot.world.warehouses.snowflake.names import Names, mark
from bot.world.warehouses.snowflake.ours import account, drop_schema, explain, own_database, sweep_in
from bot.world.warehouses.snowflake.session import Session, Sessions, quote
from bot.world.warehouses.snowflake.warehouse import SnowflakeTwins

_MOST_BYTES = 1 << 30  # of a table that is laid in another order
_BUILDS = "build"


def lay_out(site: Site) -> SnowflakeGrounds:
    """The grounds of a run: signed in, with a name of its own, and what dead runs left behind is gone.

    Raises:
        UsageError: the connector is not installed, or the profile or the isolation can't be used.
        EnvironmentFailure: Snowflake can't be reached, or the role may do too little; the remedy names the grant.
    """
    if site.options.isolation not in (None, "database", "schema"):
        raise UsageError(
            f"the isolation {site.options.isolation!r} is none of Snowflake's",
            where=site.where,
            remedy="Set `isolation: database` or `isolation: schema`.",
        )
    sessions = Sessions(account(site))
    try:
        return SnowflakeGrounds(site, sessions, _settle_names(site, sessions))
    except BaseException:
        sessions.close()
        raise


class SnowflakeGrounds:
    """See `Grounds`.

    Args:
        site: where.
        sessions: those by which environments are made; the profile's own warehouse computes in them.
        names: how environments are called.
    """

    def __init__(self, site: Site, sessions: Sessions, names: Names) -> None:
        self._site = site
        self._sessions = sessions
        self._names = names
        self._mark = _mark(site)
        self._environments = Environments(sessions, names, self._mark)
        self._begun: set[Env] = set()
        self._began = time.monotonic()
        self._version = _version(sessions.main)

    @property
    def name(self) -> str:
        """Snowflake, with its version."""
        return f"Snowflake {self._version}"

    @property
    def versions(self) -> Mapping[str, str]:
        """See `Grounds`."""
        package = "snowflake-connector-python"
        return {package: importlib.metadata.version(package), "snowflake": self._version}

    @property
    def has_hash(self) -> bool:
        """Whether the account has `HASH`, which fits 64 bits and a sign: each has, but a stand-in for tests."""
        try:
            self._sessions.main.run(
                "select min(hash(column1)::bigint) from values (1), (2), (3), (4), (5), (6), (7), (8)"
            )
        except QueryFailed:
            return False
        return True

    @property
    def at_once(self) -> bool:
        """A session sees all databases."""
        return True

    def profile(self, env: Env) -> str:
        """See `Grounds`. Builds are tagged, unless the profile does that itself."""
        place = "database" if self._names.by_database else "schema"
        named = self._names.database_of(env) if self._names.by_database else self._names.schema_of(env)
        own = {} if self._site.output.get("query_tag") else {"query_tag": query_tag(self._site.tag, check=_BUILDS)}
        return self._site.profile_with({place: named, **own})

    def stray(self, relation: RelationName) -> str | None:
        """See `Grounds`."""
        if self._names.is_ours(relation):
            return None
        database = relation.database or self._names.database
        if database.upper() != self._names.database_of(Side.BASE).upper():
            return f"would be written to the database {database}, which is not proofbot's"
        return f"would be written to the schema {relation.schema}, which is not proofbot's"

    @property
    def remedy_for_strays(self) -> str:
        """See `Grounds`."""
        if self._names.by_database:
            return "Let `+database:` depend on the target: `{{ target.database }}`, or leave it out for this target."
        return (
            "Let `+schema:` and `generate_schema_name` begin with the target's schema (dbt's default does), or set "
            "`warehouse: {isolation: database}`."
        )

    def state(self) -> str | None:
        """Nobody can tell what else is written to the account."""
        return None

    def take(self, project: str, digest: str) -> Contents:  # noqa: ARG002 (nothing is kept between runs)
        """See `Grounds`."""
        return Contents()

    def keep(self, project: str, digest: str, contents: Contents) -> None:
        """Nothing is kept between runs."""

    def readable(self, names: Collection[RelationName]) -> frozenset[RelationName]:
        """See `Grounds`. They may lie in any database."""
        with self._explained("production could not be looked at"):
            return frozenset(production.find(self._sessions.main, names, self._names.database))

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """See `Grounds`. Tables of production are cloned, so they stand still."""
        self._begun.add(env)
        shown = following.relations if isinstance(following, Shown) else {}
        with self._explained(f"the environment {env} could not be made"):
            if not isinstance(following, Following) and self._names.by_database:
                self._environments.copy_database(self._names.database, env, managed)
            elif not isinstance(following, Following):
                schemas = {name.schema for name in (*managed, *shown)}
                self._environments.make_schemas(env, {self._names.schema_of(Side.BASE), *schemas})
            elif self._names.by_database:
                self._environments.copy_database(self._names.database_of(following.of), env, following.without)
            else:
                self._environments.copy_schemas(following, env)
            if isinstance(following, Shown):
                self._environments.show(env, following, self._site.where)

    def drop(self, env: Env, names: Collection[RelationName]) -> None:
        """See `Grounds`."""
        with self._explained("relations could not be dropped"):
            self._environments.drop(env, names)

    def bring(self, env: Env, brought: Brought) -> None:
        """See `Grounds`. Tables are cloned, those of production as they were at the moment where they can be."""
        with self._explained("what is to be copied could not be looked at"):
            found = self._environments.sources(brought)
        at = brought.of if isinstance(brought.of, datetime) else None
        for name, source in found.items():
            with self._explained(f"{source[0]} could not be copied"):
                self._environments.bring(env, name, source, at)

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:
        """See `Grounds`. What can't be sorted by a hash stays as it is, too."""
        with self._explained("rows could not be laid in another order"):
            found = self._environments.existing(env, names)
        for place, relation in found:
            if relation.is_table and (relation.bytes or 0) <= _MOST_BYTES:
                with contextlib.suppress(QueryFailed):
                    self._run(spelling.mix(place, [column.name for column in relation.columns], seed))

    def end(self, env: Env) -> None:
        """Nothing has to be done."""

    def open(self, on_statement: OnStatement, on_answer: OnAnswer) -> Warehouse:
        """See `Grounds`. Questions have sessions and, where that is wished for, a warehouse of their own."""
        database, schema = self._names.asking
        sessions = Sessions(account(self._site, self._site.options.compute), on_statement, on_answer)
        try:
            with self._explained("there is no place for what is asked"):
                self._run(spelling.make("schema", spelling.path(database, schema), self._mark))
                sessions.settle(database, schema)
            return SnowflakeTwins(sessions, self._names, self._version, self._began)
        except BaseException:
            sessions.close()
            raise

    def add(self, warehouse: Warehouse, beside: Beside) -> None:
        """Nothing has to be done: a session sees all databases."""

    def remove(self) -> None:
        """See `Grounds`."""
        for sql in self._dropping():
            with contextlib.suppress(QueryFailed, EnvironmentFailure):
                self._run(sql)
        self._sessions.close()

    def _dropping(self) -> list[str]:
        """What drops all that is ours; where the schemas can't be seen any more, nothing."""
        if self._names.by_database:
            ours = [*(self._names.database_of(env) for env in self._begun), self._names.asking[0]]
            return [f"drop database if exists {quote(database)}" for database in ours]
        try:
            found = catalog.schemas(self._sessions.main, self._names.database)
        except (QueryFailed, EnvironmentFailure):
            return []
        ours = [schema for schema in found if schema.upper().startswith(f"{self._names.stem}_")]
        return [drop_schema(self._names.database, schema) for schema in ours]

    def _run(self, sql: str) -> None:
        self._sessions.main.run(sql)

    @contextlib.contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except QueryFailed as failure:
            raise explain(what, failure, self._site, self._sessions) from None


def _mark(site: Site) -> str:
    return mark(site.tag.get("run", ""), datetime.now(UTC))


def _version(session: Session) -> str:
    try:
        return str(session.run("select current_version()")[0][0]).split()[0]
    except (QueryFailed, IndexError):
        return "of unknown version"


def _settle_names(site: Site, sessions: Sessions) -> Names:
    """Databases where the role may create some, unless schemas are wished for."""
    database = own_database(site, sessions)
    with contextlib.suppress(QueryFailed):
        sweep_in(sessions.main, database, Sought())
    stem = f"proofbot_{site.label}_{secrets.token_hex(3)}".upper()
    names = Names(site.options.isolation != "schema", stem, database, str(site.output.get("schema", "")))
    if not names.by_database:
        return names
    try:
        sessions.main.run(spelling.make("database", quote(names.asking[0]), _mark(site)))
    except QueryFailed as failure:
        if site.options.isolation is None and is_lack_of_grant(failure.message):
            return Names(by_database=False, stem=stem, database=database, schema=names.schema)
        raise explain("a database of our own could not be made", failure, site, sessions) from None
    return names
