"""The grounds of Snowflake: environments are databases of ours, or schemas of ours in the user's database.

What one environment takes over from another is cloned, which copies nothing. Where the account refuses to clone a
whole, its tables are cloned one by one, and what can't be cloned is shown by views.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from bot.domain import Beside, RelationName, Side
from bot.errors import EnvironmentFailure, QueryFailed, UsageError
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Env, Following, OnAnswer, OnStatement, Shown, Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.snowflake import catalog, production, spelling
from bot.world.warehouses.snowflake.credentials import query_tag
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
        self._can_clone_all = True
        self._begun: set[Env] = set()
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
                self._copy_database(self._names.database, env, managed)
            elif not isinstance(following, Following):
                schemas = {name.schema for name in (*managed, *shown)}
                self._make_schemas(env, {self._names.schema_of(Side.BASE), *schemas})
            elif self._names.by_database:
                self._copy_database(self._names.database_of(following.of), env, following.without)
            else:
                self._copy_schemas(following, env)
            if isinstance(following, Shown):
                self._show(env, following)

    def drop(self, env: Env, names: Collection[RelationName]) -> None:
        """See `Grounds`."""
        with self._explained("relations could not be dropped"):
            for place, relation in self._existing(env, names):
                self._run(spelling.drop(relation.kind, place))

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:
        """See `Grounds`. What can't be sorted by a hash stays as it is, too."""
        with self._explained("rows could not be laid in another order"):
            found = self._existing(env, names)
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
            return SnowflakeTwins(sessions, self._names, self._version)
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

    def _copy_database(self, source: str, env: Env, without: Collection[RelationName]) -> None:
        target = quote(self._names.database_of(env))
        if not self._try_clone(spelling.clone("database", target, quote(source), self._mark)):
            self._run(spelling.make("database", target, self._mark))
            for schema in catalog.schemas(self._sessions.main, source):
                if self._names.has(env, schema):
                    self._copy_schema((source, schema), (self._names.database_of(env), schema), set())
        self.drop(env, without)

    def _show(self, env: Env, shown: Shown) -> None:
        database = self._names.database_of(env)
        found = production.find(self._sessions.main, shown.relations.values(), self._names.database)
        there = set(catalog.schemas(self._sessions.main, database))
        for name, theirs in shown.relations.items():
            if theirs not in found:
                raise EnvironmentFailure(
                    f"{theirs.schema}.{theirs.identifier} of production is not there any more",
                    where=self._site.where,
                    remedy="Start the run again when production is not being built.",
                )
            source, relation = found[theirs]
            place = self._names.lies(env, name)
            schema = place.schema if place.schema in there else place.schema.upper()
            if schema not in there:
                self._run(spelling.make("schema", spelling.path(database, schema), self._mark))
                there.add(schema)
            # Unquoted by dbt, it is upper case in production, too.
            named = name.identifier.upper() if relation.name == relation.name.upper() else name.identifier
            production.show(self._sessions.main, spelling.path(database, schema, named), source, relation, shown.at)

    def _copy_schemas(self, following: Following, env: Env) -> None:
        database = self._names.database
        self._clear(env)
        places = [self._names.lies(following.of, name) for name in following.without]
        without = {(place.schema.upper(), place.identifier.upper()) for place in places}
        for schema in catalog.schemas(self._sessions.main, database):
            if self._names.has(following.of, schema):
                to = self._names.follower(schema, following.of, env)
                self._copy_schema((database, schema), (database, to), without)
        self.drop(env, following.without)

    def _copy_schema(
        self, source: tuple[str, str], target: tuple[str, str], without: Collection[tuple[str, str]]
    ) -> None:
        """Copies a schema, as a whole where that can be; else each relation but those, in upper case, to leave out."""
        if self._try_clone(spelling.clone("schema", spelling.path(*target), spelling.path(*source), self._mark)):
            return
        self._run(spelling.make("schema", spelling.path(*target), self._mark))
        for relation in catalog.relations(self._sessions.main, source[0], [source[1]]):
            if (relation.schema.upper(), relation.name.upper()) not in without and relation.schema == source[1]:
                self._copy_relation(
                    relation, spelling.path(*source, relation.name), spelling.path(*target, relation.name)
                )

    def _copy_relation(self, relation: catalog.Relation, source: str, target: str) -> None:
        if relation.is_table:
            try:
                self._run(spelling.clone_table(target, source))
                return
            except QueryFailed:
                pass  # of what can't be cloned, a table that is shared by another account, say
        self._run(spelling.show_through(target, source))

    def _try_clone(self, sql: str) -> bool:
        """Whether a whole could be cloned. An account that refuses once is not asked again."""
        if self._can_clone_all:
            try:
                self._run(sql)
            except QueryFailed:
                self._can_clone_all = False
        return self._can_clone_all

    def _make_schemas(self, env: Env, canonical: Iterable[str]) -> None:
        self._clear(env)
        for schema in sorted(set(canonical)):
            place = self._names.lies(env, RelationName(None, schema, ""))
            if self._names.has(env, place.schema):
                # Unquoted by dbt, it is upper case.
                self._run(
                    spelling.make("schema", spelling.path(self._names.database, place.schema.upper()), self._mark)
                )

    def _clear(self, env: Env) -> None:
        for schema in catalog.schemas(self._sessions.main, self._names.database):
            if self._names.has(env, schema):
                self._run(drop_schema(self._names.database, schema))

    def _existing(self, env: Env, names: Collection[RelationName]) -> list[tuple[str, catalog.Relation]]:
        """Those relations that are there and ours, each with its path."""
        places = {self._names.lies(env, name) for name in names if self._names.is_ours(name)}
        database = self._names.database_of(env)
        found = catalog.relations(
            self._sessions.main, database, {p.schema for p in places}, {p.identifier for p in places}
        )
        among = catalog.by_name(found)
        met = {catalog.find(place, among) for place in places}
        return [
            (spelling.path(database, relation.schema, relation.name), relation)
            for relation in sorted((relation for relation in met if relation), key=lambda it: (it.schema, it.name))
        ]

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
