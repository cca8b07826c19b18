"""What lies in environments: how it is made of other ones and of production, found, and dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from bot.domain import RelationName
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.grounds import Brought, Env, Following, Shown
from bot.world.warehouses.snowflake import catalog, production, spelling
from bot.world.warehouses.snowflake.names import Names
from bot.world.warehouses.snowflake.ours import drop_schema
from bot.world.warehouses.snowflake.session import Sessions, quote


class Environments:
    """The environments of one run. Every method raises QueryFailed where Snowflake refuses.

    Args:
        mark: the comment on whatever is made.
    """

    def __init__(self, sessions: Sessions, names: Names, mark: str) -> None:
        self._sessions = sessions
        self._names = names
        self._mark = mark
        self._can_clone_all = True

    def copy_database(self, source: str, env: Env, without: Collection[RelationName]) -> None:
        """An environment of its own database begins as a copy of another database, but for some relations."""
        target = quote(self._names.database_of(env))
        if not self._try_clone(spelling.clone("database", target, quote(source), self._mark)):
            self._run(spelling.make("database", target, self._mark))
            for schema in catalog.schemas(self._sessions.main, source):
                if self._names.has(env, schema):
                    self._copy_schema((source, schema), (self._names.database_of(env), schema), set())
        self.drop(env, without)

    def show(self, env: Env, shown: Shown, where: str) -> None:
        """Production's relations, as they were at a moment, under the names that they have here.

        Raises:
            EnvironmentFailure: one is not there any more; `where` is the place in the profile that it tells.
        """
        found = production.find(self._sessions.main, shown.relations.values(), self._names.database)
        there = self._schemas(env)
        for name, theirs in shown.relations.items():
            if theirs not in found:
                raise EnvironmentFailure(
                    f"{theirs.schema}.{theirs.identifier} of production is not there any more",
                    where=where,
                    remedy="Start the run again when production is not being built.",
                )
            source, relation = found[theirs]
            production.show(self._sessions.main, self._made_for(env, name, relation, there), source, relation, shown.at)

    def sources(self, brought: Brought) -> production.Found:
        """What of it is there, by our names: the path and the relation of each."""
        ours = {name: theirs for name, theirs in brought.relations.items() if self._names.is_ours(name)}
        if isinstance(brought.of, datetime):
            found = production.find(self._sessions.main, ours.values(), self._names.database)
            return {name: found[theirs] for name, theirs in ours.items() if theirs in found}
        lying = {name: self._names.lies(brought.of, theirs) for name, theirs in ours.items()}
        listed = {relation: path for path, relation in self.existing(brought.of, ours.values())}
        among = catalog.by_name(listed)
        met = {name: catalog.find(place, among) for name, place in lying.items()}
        return {name: (listed[relation], relation) for name, relation in met.items() if relation is not None}

    def bring(self, env: Env, name: RelationName, source: tuple[str, catalog.Relation], at: datetime | None) -> None:
        """Lays a copy of a relation, as a table of our own, in place of what is there: as it was at a moment, where
        that can be told."""
        path, relation = source
        place = self._made_for(env, name, relation, self._schemas(env))
        self.drop(env, [name])
        production.copy(self._sessions.main, place, path, relation, at)

    def _schemas(self, env: Env) -> set[str]:
        return set(catalog.schemas(self._sessions.main, self._names.database_of(env)))

    def _made_for(self, env: Env, name: RelationName, relation: catalog.Relation, there: set[str]) -> str:
        """The path at which a relation will stand for a name. Its schema is made, and added to those that are there."""
        database = self._names.database_of(env)
        place = self._names.lies(env, name)
        schema = place.schema if place.schema in there else place.schema.upper()
        if schema not in there:
            self._run(spelling.make("schema", spelling.path(database, schema), self._mark))
            there.add(schema)
        # Unquoted by dbt, it is upper case in the source, too.
        named = name.identifier.upper() if relation.name == relation.name.upper() else name.identifier
        return spelling.path(database, schema, named)

    def copy_schemas(self, following: Following, env: Env) -> None:
        """An environment of schemas begins as a copy of another one."""
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

    def make_schemas(self, env: Env, canonical: Iterable[str]) -> None:
        """An environment of schemas begins with empty ones, by the names that base's manifest has for them."""
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

    def drop(self, env: Env, names: Collection[RelationName]) -> None:
        """Drops those that are there and ours, whatever their kind."""
        for place, relation in self.existing(env, names):
            self._run(spelling.drop(relation.kind, place))

    def existing(self, env: Env, names: Collection[RelationName]) -> list[tuple[str, catalog.Relation]]:
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
