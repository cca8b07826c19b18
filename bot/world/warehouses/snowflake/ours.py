"""What of Snowflake is ours: the account we are in, what is wrong with it, and what runs left behind there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.snowflake import spelling
from bot.world.warehouses.snowflake.faults import remedy_for
from bot.world.warehouses.snowflake.names import OF_ANY_RUN, is_dead, is_of
from bot.world.warehouses.snowflake.session import Account, Session, Sessions, quote

DEAD_AFTER = timedelta(hours=24)


def account(site: Site, compute: str | None = None) -> Account:
    """How the account is reached; `compute` computes in place of the profile's own warehouse."""
    return Account(site.output, site.where, site.tag, site.options.statement_seconds, compute)


def explain(what: str, failure: QueryFailed, site: Site, sessions: Sessions) -> EnvironmentFailure:
    """A failure with what could not be done, and the remedy."""
    remedy = remedy_for(failure.message, sessions.account.names)
    return EnvironmentFailure(f"{what}: {failure.message}", where=site.where, remedy=remedy)


def own_database(site: Site, sessions: Sessions) -> str:
    """The user's database, as the catalog spells it.

    Raises:
        EnvironmentFailure: the role can't use it.
    """
    try:
        [(database,)] = sessions.main.run("select current_database()")
    except QueryFailed as failure:
        raise explain("the profile's database could not be used", failure, site, sessions) from None
    if not database:
        named, role = site.output.get("database", ""), site.output.get("role") or "<role of the profile>"
        raise EnvironmentFailure(
            f"the role can't use the database {named}",
            where=site.where,
            remedy=f"If it exists, run `GRANT USAGE ON DATABASE {named} TO ROLE {role}`.",
        )
    return str(database)


def sweep(site: Site, sought: Sought) -> list[str]:
    """Drops what is sought of what runs left behind; nothing else.

    Returns:
        the names of the databases and schemas that are gone, or would be.

    Raises:
        UsageError, EnvironmentFailure: as `lay_out`.
    """
    sessions = Sessions(account(site))
    try:
        return sweep_in(sessions.main, own_database(site, sessions), sought)
    finally:
        sessions.close()


def sweep_in(session: Session, database: str, sought: Sought) -> list[str]:
    """See `sweep`; raises QueryFailed."""
    now = datetime.now(UTC)
    age = DEAD_AFTER if sought.older_than is None else sought.older_than
    gone = []
    for row in session.records(f"show databases like {OF_ANY_RUN}"):
        name = str(row["name"])
        is_ours = is_of(name, sought.label)
        if is_ours and is_dead(name, str(row.get("comment") or ""), now, age, is_schema=False):
            if not sought.is_dry:
                session.run(f"drop database if exists {quote(name)}")
            gone.append(name)
    for row in session.records(f"show schemas like {OF_ANY_RUN} in database {quote(database)}"):
        name = str(row["name"])
        is_ours = is_of(name, sought.label)
        if is_ours and is_dead(name, str(row.get("comment") or ""), now, age, is_schema=True):
            if not sought.is_dry:
                session.run(drop_schema(database, name))
            gone.append(f"{database}.{name}")
    return gone


def drop_schema(database: str, schema: str) -> str:
    """The statement that drops a schema with all that is in it."""
    return f"drop schema if exists {spelling.path(database, schema)} cascade"
