"""What works on a server of Postgres: what is tried to find out is rolled back, so nothing stays whatever happens."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Sequence

from bot.domain import Diagnosis, RelationName
from bot.errors import ProofbotError, QueryFailed
from bot.world.diagnosing import advise, ill, of_error, well
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.postgres import ours, production, relations
from bot.world.warehouses.postgres.credentials import Server, find_driver, server
from bot.world.warehouses.postgres.refusals import as_failure
from bot.world.warehouses.postgres.session import Refused, Session, Sessions
from bot.world.warehouses.postgres.spelling import quote

_TOPIC = "warehouse"
_OLDEST = 12
_WITHIN = 20.0
_SOON = 0.3
_LONG = "select pg_catalog.pg_sleep(10)"
_LISTED = 5
_RIGHTS = (
    "select r.rolsuper, r.rolcreatedb, d.datistemplate or pg_catalog.pg_has_role(r.rolname, d.datdba, 'usage'), "
    "(select count(*) from pg_catalog.pg_stat_activity a where a.datname = d.datname and a.pid <> pg_backend_pid()) "
    "from pg_catalog.pg_roles r, pg_catalog.pg_database d "
    "where r.rolname = current_user and d.datname = current_database()"
)


def examine(site: Site, sources: Collection[RelationName]) -> Iterator[Diagnosis]:
    """Connects, and tries what a run will need.

    Args:
        sources: what models read and dbt does not build.

    Raises:
        ProofbotError: psycopg is missing, the target says too little, or there is no connection.
    """
    find_driver()
    where = server(site)
    sessions = Sessions(where, where.database)
    with contextlib.closing(sessions):
        session = sessions.main
        try:
            yield _connection(session, where)
        except ProofbotError as error:
            yield of_error(_TOPIC, "connection", error)
            return
        user = str(session.run("select current_user", _WITHIN)[0][0])
        yield _isolation(session, site, where, user)
        yield _tried(
            session,
            "temporary tables",
            "begin; create temporary table proofbot_doctor as select 1 as i; rollback",
            f"GRANT TEMPORARY ON DATABASE {quote(where.database)} TO {quote(user)}",
        )
        yield _tried(session, "hash", "select pg_catalog.hashtextextended('a', 0)", "")
        yield well(_TOPIC, "statement timeout", str(session.run("show statement_timeout", _WITHIN)[0][0]))
        yield _cancel(session)
        yield from _sources(session, where, sources, user)


def _connection(session: Session, where: Server) -> Diagnosis:
    version = str(session.run("show server_version", _WITHIN)[0][0]).split()[0]
    words = f"PostgreSQL {version}, database {where.database}, as {where.user}"
    major = re.match(r"\d+", version)  # `19beta1` is one, too
    if major and int(major[0]) < _OLDEST:
        return ill(_TOPIC, "connection", words, f"proofbot needs PostgreSQL {_OLDEST} or later.")
    return well(_TOPIC, "connection", words)


def _isolation(session: Session, site: Site, where: Server, user: str) -> Diagnosis:
    if site.options.isolation == "database":
        return _copying(session, where, user)
    root = ours.new_root("doctor")
    one, two = quote(root), quote(f"{root}p1")
    return _tried(
        session,
        "schemas of ours",
        f"begin; create schema {one}; create schema {two}; create table {one}.t as select 1 as i; "
        f"create view {one}.v as select * from {one}.t; alter table {one}.t set schema {two}; rollback",
        f"GRANT CREATE ON DATABASE {quote(where.database)} TO {quote(user)}",
    )


def _copying(session: Session, where: Server, user: str) -> Diagnosis:
    """Nothing is copied: a large database would take its time."""
    what = "databases of ours"
    [(is_super, may_create, may_copy, others)] = session.run(_RIGHTS, _WITHIN)
    missing = []
    if not (is_super or may_create):
        missing.append(f"ALTER ROLE {quote(user)} CREATEDB")
    if not (is_super or may_copy):
        missing.append(f"ALTER DATABASE {quote(where.database)} OWNER TO {quote(user)}")
    if missing:
        words = f"{user} may not copy the database {where.database}"
        return ill(_TOPIC, what, words, f"Run `{'; '.join(missing)}` as a user who may.")
    if others:
        words = f"{others} other sessions are on {where.database}, which can't be copied while they are"
        remedy = "Close them (`select * from pg_stat_activity`), or leave out `warehouse: {isolation: database}`."
        return advise(_TOPIC, what, words, remedy)
    return well(_TOPIC, what, f"{user} may copy the database {where.database}")


def _tried(session: Session, what: str, sql: str, grant: str) -> Diagnosis:
    try:
        session.run(sql, _WITHIN)
    except Refused as refused:
        return of_error(_TOPIC, what, as_failure(refused, "refused", grant=grant))
    return well(_TOPIC, what, "can be made" if grant else "is there")


def _cancel(session: Session) -> Diagnosis:
    try:
        session.run(_LONG, _SOON)
    except QueryFailed as failure:
        if "stopped after" in failure.message:
            return well(_TOPIC, "cancelling", "a statement that takes too long is stopped")
        return advise(_TOPIC, "cancelling", failure.message, "Look at the log of the server.")
    remedy = "Let cancel requests reach the server: a proxy between may not pass them on."
    return advise(_TOPIC, "cancelling", "the server did not hear that a statement was to stop", remedy)


def _sources(session: Session, where: Server, sources: Collection[RelationName], user: str) -> Iterator[Diagnosis]:
    here = {None, where.database.lower()}
    near = [name for name in sources if (name.database.lower() if name.database else None) in here]
    far = [name for name in sources if name not in near]
    if far:
        remedy = f"A connection of Postgres sees one database: keep what models read in {where.database}."
        yield ill(_TOPIC, "sources", f"they lie in another database: {_listed(far)}", remedy)
    if not near:
        return
    readable = production.readable(session, near)
    there = {(one.schema.lower(), one.name.lower()) for one in relations.listed(session, relations.named(near))}
    absent = [name for name in near if production.place(name) not in there]
    refused = [name for name in near if name not in readable and name not in absent]
    if absent:
        remedy = "Load them, or name a target whose database has them by `--target`."
        yield advise(_TOPIC, "sources", f"not there: {_listed(absent)}", remedy)
    if refused:
        grants = [f"GRANT USAGE ON SCHEMA {quote(schema)} TO {quote(user)}" for schema in _schemas(refused)]
        grants += [
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote(schema)} TO {quote(user)}" for schema in _schemas(refused)
        ]
        yield ill(_TOPIC, "sources", f"may not be read: {_listed(refused)}", f"Run `{'; '.join(grants)}`.")
    if not absent and not refused:
        yield well(_TOPIC, "sources", f"all {len(near)} can be read")


def _schemas(names: Sequence[RelationName]) -> list[str]:
    return sorted({name.schema for name in names})


def _listed(names: Sequence[RelationName]) -> str:
    told = sorted(f"{name.schema}.{name.identifier}" for name in names)
    return ", ".join(told[:_LISTED]) + (f" and {len(told) - _LISTED} more" if told[_LISTED:] else "")
