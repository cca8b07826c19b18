"""What works in an account of Snowflake. One database or schema of ours is made for it, with our mark, and dropped."""

# Names are quoted.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain import Diagnosis, RelationName
from bot.errors import EnvironmentFailure, ProofbotError, QueryFailed
from bot.world.diagnosing import advise, ill, of_error, well
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.snowflake import ours, production, spelling
from bot.world.warehouses.snowflake.faults import is_lack_of_grant, remedy_for
from bot.world.warehouses.snowflake.names import Names, mark
from bot.world.warehouses.snowflake.session import Sessions, quote

_TOPIC = "warehouse"
_WITHIN = 60.0
_SOON = 1.0
_LISTED = 5
_WHO = ("version", "role")


def examine(site: Site, sources: Collection[RelationName]) -> Iterator[Diagnosis]:
    """Connects, and tries what a run will need.

    Args:
        sources: what models read and dbt does not build.

    Raises:
        ProofbotError: the connector is missing, or the profile can't be used.
    """
    try:
        sessions = Sessions(ours.account(site))
    except EnvironmentFailure as failure:
        yield of_error(_TOPIC, "connection", failure)
        return
    try:
        yield from _Case(site, sessions).examine(sources)
    finally:
        sessions.close()


@dataclass(frozen=True)
class _Case:
    """`stuck` is what could not be dropped again."""

    site: Site
    sessions: Sessions
    stuck: list[str] = field(default_factory=list)

    def examine(self, sources: Collection[RelationName]) -> Iterator[Diagnosis]:
        """All of it, in the order in which a run needs it."""
        try:
            database = ours.own_database(self.site, self.sessions)
        except ProofbotError as error:
            yield of_error(_TOPIC, "connection", error)
            return
        version, role = (self.sessions.main.run(f"select current_{name}()", _WITHIN)[0][0] for name in _WHO)
        yield well(_TOPIC, "connection", f"Snowflake {version}, database {database}, role {role}")
        yield self._computing()
        yield from self._places(database)
        for sql in self.stuck:
            remedy = f"Run `{sql}`; what runs leave is also found a day later, by the next run."
            yield advise(_TOPIC, "what was tried", "it could not be dropped again", remedy)
        yield self._try("hash", "select hash(1)", "values are compared by other means, which takes longer")
        yield self._cancel()
        history = f"{quote(database)}.information_schema.query_history_by_session"
        yield self._try(
            "cost history",
            f"select count(*) from table({history}(result_limit => 1))",
            "reports do not say how many bytes were scanned",
        )
        yield from self._sources(database, sources)
        compute = self.site.options.compute
        if compute:
            yield self._try(f"computing checks by {compute}", f"use warehouse {quote(compute)}", None)

    def _computing(self) -> Diagnosis:
        try:
            [(warehouse,)] = self.sessions.main.run("select current_warehouse()", _WITHIN)
        except QueryFailed as failure:
            remedy = remedy_for(failure.message, self.sessions.account.names)
            return advise(_TOPIC, "computing", f"could not be asked: {failure.message}", remedy)
        if warehouse:
            return well(_TOPIC, "computing", f"the warehouse {warehouse}")
        remedy = remedy_for("no active warehouse", self.sessions.account.names)
        return ill(_TOPIC, "computing", "the profile's session has no warehouse", remedy)

    def _places(self, database: str) -> Iterator[Diagnosis]:
        """A place of ours, by databases or by schemas, and what can be made in it."""
        isolation = self.site.options.isolation
        stem = f"proofbot_doctor_{secrets.token_hex(3)}".upper()
        if isolation != "schema":
            named = Names(by_database=True, stem=stem, database=database, schema="").asking[0]
            try:
                with self._made("database", quote(named)):
                    yield well(_TOPIC, "databases of ours", "can be made")
                    place = spelling.path(named, named)
                    self.sessions.main.run(spelling.make("schema", place, self._mark), _WITHIN)
                    yield from self._inside(place)
                return
            except QueryFailed as failure:
                remedy = remedy_for(failure.message, self.sessions.account.names)
                if isolation == "database" or not is_lack_of_grant(failure.message):
                    yield ill(_TOPIC, "databases of ours", failure.message, remedy)
                    return
                words = f"{failure.message}; environments are schemas then, whose names differ"
                yield advise(_TOPIC, "databases of ours", words, remedy)
        place = spelling.path(*Names(by_database=False, stem=stem, database=database, schema="").asking)
        try:
            with self._made("schema", place):
                yield well(_TOPIC, "schemas of ours", "can be made")
                yield from self._inside(place)
        except QueryFailed as failure:
            remedy = f"Run `GRANT CREATE SCHEMA ON DATABASE {database} TO ROLE {self._role}`."
            yield ill(_TOPIC, "schemas of ours", failure.message, remedy)

    @contextlib.contextmanager
    def _made(self, kind: str, name: str) -> Iterator[None]:
        """A place that is there for a while. Raises QueryFailed where it can't be made."""
        session = self.sessions.main
        session.run(spelling.make(kind, name, self._mark), _WITHIN)
        try:
            yield
        finally:
            try:
                session.run(f"drop {kind} if exists {name} cascade", _WITHIN)
            except QueryFailed:
                self.stuck.append(f"drop {kind} if exists {name} cascade")

    def _inside(self, place: str) -> Iterator[Diagnosis]:
        table, twin = f'{place}."T"', f'{place}."TWIN"'
        yield self._try("tables of ours", f"create transient table {table} as select 1 as i", None)
        yield self._try("cloning", spelling.clone_table(twin, table), "what is taken over is shown by views")
        with contextlib.suppress(QueryFailed):
            self.sessions.main.run(f"use schema {place}", _WITHIN)
        yield self._try("temporary tables", "create temporary table proofbot_doctor as select 1 as i", None)

    def _try(self, what: str, sql: str, otherwise: str | None) -> Diagnosis:
        """Tries a statement. `otherwise` is what happens where it fails; None where proofbot needs it."""
        try:
            self.sessions.main.run(sql, _WITHIN)
        except QueryFailed as failure:
            remedy = remedy_for(failure.message, self.sessions.account.names)
            if otherwise is None:
                return ill(_TOPIC, what, failure.message, remedy)
            return advise(_TOPIC, what, f"{failure.message}; {otherwise}", remedy)
        return well(_TOPIC, what, "works")

    def _cancel(self) -> Diagnosis:
        try:
            self.sessions.main.run("select system$wait(10)", _SOON)
        except QueryFailed as failure:
            if "stopped after" in failure.message:
                return well(_TOPIC, "statement timeout", "a statement that takes too long is stopped")
            words, remedy = failure.message, remedy_for(failure.message, self.sessions.account.names)
            return advise(_TOPIC, "statement timeout", f"could not be tried: {words}", remedy)
        remedy = "Look at `show parameters like 'STATEMENT_TIMEOUT%' for user`: a policy may override ours."
        return advise(_TOPIC, "statement timeout", "a statement went on beyond its time", remedy)

    def _sources(self, database: str, sources: Collection[RelationName]) -> Iterator[Diagnosis]:
        """Snowflake does not tell what is not there from what the role may not see."""
        found = production.find(self.sessions.main, sources, database)
        missing = sorted((name for name in sources if name not in found), key=str)
        if missing:
            told = [f"{name.database or database}.{name.schema}.{name.identifier}" for name in missing]
            listed = ", ".join(told[:_LISTED]) + (f" and {len(told) - _LISTED} more" if told[_LISTED:] else "")
            grants = dict.fromkeys(grant for name in missing for grant in self._grants(name, database))
            words = f"not there, or the role may not see them: {listed}"
            yield ill(_TOPIC, "sources", words, f"If they exist, run `{'; '.join(grants)}`.")
        elif sources:
            yield well(_TOPIC, "sources", f"all {len(sources)} can be seen by the role")

    def _grants(self, name: RelationName, own: str) -> tuple[str, ...]:
        database, to = name.database or own, f"TO ROLE {self._role}"
        schema = f"{database}.{name.schema}"
        return (
            f"GRANT USAGE ON DATABASE {database} {to}",
            f"GRANT USAGE ON SCHEMA {schema} {to}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} {to}",
        )

    @property
    def _mark(self) -> str:
        return mark(self.site.tag.get("run", ""), datetime.now(UTC))

    @property
    def _role(self) -> str:
        return self.sessions.account.names.get("role") or "<role of the profile>"
