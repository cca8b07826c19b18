"""What is ours on a server: the names, the marks, the lock of a run that lives, and the sweep of dead ones.

All that a run makes carries the run's root in its name: `proofbot_<label>_<6 hex>`. A schema or database of that name
has a comment that says so, and its run holds an advisory lock. What has the name and the mark, and no lock, is dead.
"""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.postgres import relations
from bot.world.warehouses.postgres.credentials import Server, server
from bot.world.warehouses.postgres.refusals import as_failure
from bot.world.warehouses.postgres.session import Refused, Session, Sessions
from bot.world.warehouses.postgres.spelling import quote, text

LIMIT = 9973
"""The limit of connections of a database of ours: a mark that it has from its first moment."""

_MARK = "proofbot, made at "
_ANY_LABEL = "[a-z0-9_]{1,20}"
_ANY = Sought()
_LONG = "set statement_timeout = '1h'"  # copying a database takes its time
_UNTIL_LOCKED = "set lock_timeout = '20s'"


def new_root(label: str) -> str:
    """A name that nobody else has."""
    return f"proofbot_{label}_{secrets.token_hex(3)}"


def mark(kind: str, name: str) -> str:
    """The statement that marks a schema or a database as ours."""
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    return f"comment on {kind} {quote(name)} is {text(_MARK + moment)}"


def lasting(sessions: Sessions, root: str) -> Session:
    """A session that holds the lock of a run."""
    return Session(sessions, (_LONG, _UNTIL_LOCKED, f"select pg_advisory_lock({_key(root)})"))


def maintenance(of: Server) -> str:
    """A database to make databases from: none but the one that is copied."""
    return "template1" if of.database == "postgres" else "postgres"


def schemas_of(root: str) -> str:
    """A condition on `n.nspname`: the schemas of a run."""
    return f"(n.nspname = {text(root)} or n.nspname ~ {text('^' + root + '(_|[pk][0-9]*$)')})"


def drop_schemas(session: Session, root: str) -> None:
    """Drops the schemas of a run, the marked one last. Raises QueryFailed or EnvironmentFailure."""
    _end_others(session, root)
    # A schema of thousands of relations needs more locks at once than a server has.
    relations.drop(session, relations.listed(session, schemas_of(root)))
    found = session.run(
        f"select n.nspname from pg_catalog.pg_namespace n where {schemas_of(root)} "
        f"order by n.nspname = {text(root)}, n.nspname"
    )
    for (schema,) in found:
        session.run(f"drop schema if exists {quote(str(schema))} cascade")


def drop_database(session: Session, root: str) -> None:
    """Drops the database of a run, whoever is connected to it. Raises QueryFailed or EnvironmentFailure."""
    _end(session, f"select pid from pg_catalog.pg_stat_activity where datname = {text(root)}")
    session.run(f"drop database if exists {quote(root)}")


def sweep(site: Site, sought: Sought = _ANY) -> tuple[str, ...]:
    """Drops what dead runs left: schemas in the database of the target, and databases.

    Args:
        sought: what is to go.

    Returns:
        the names of what was dropped, or would be.

    Raises:
        UsageError: the target does not say enough.
        EnvironmentFailure: psycopg is not installed, there is no connection to the target's database, or it refuses to
            be looked through.
    """
    where = server(site)
    gone: list[str] = []
    sessions = Sessions(where, where.database)
    with contextlib.closing(sessions):
        try:
            gone += sweep_schemas(sessions.main, sought)
        except Refused as refused:
            raise as_failure(refused, "what dead runs left could not be looked for", where=site.where) from None
    sessions = Sessions(where, maintenance(where))
    # Who makes no databases may not be let into that one.
    with contextlib.closing(sessions), contextlib.suppress(EnvironmentFailure, QueryFailed):
        gone += sweep_databases(sessions.main, sought)
    return tuple(gone)


def sweep_schemas(session: Session, sought: Sought = _ANY) -> list[str]:
    """Drops the schemas of dead runs; what is refused is passed over. Raises EnvironmentFailure."""
    return _sweep(
        session,
        "select nspname, obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace "
        f"where nspname ~ {_named(sought)}",
        sought,
        drop_schemas,
    )


def sweep_databases(session: Session, sought: Sought = _ANY) -> list[str]:
    """Drops the databases of dead runs; what is refused is passed over. Raises EnvironmentFailure."""
    return _sweep(
        session,
        "select datname, coalesce(shobj_description(oid, 'pg_database'), "
        f"case when datconnlimit = {LIMIT} then {text(_MARK)} || '2000-01-01T00:00:00+00:00' end) "
        f"from pg_catalog.pg_database where datname ~ {_named(sought)}",
        sought,
        drop_database,
    )


def _named(sought: Sought) -> str:
    """A pattern of the names of runs."""
    return text(f"^proofbot_{sought.label or _ANY_LABEL}_[0-9a-f]{{6}}$")


def _sweep(session: Session, which: str, sought: Sought, drop: Callable[[Session, str], None]) -> list[str]:
    before = datetime.now(UTC) - sought.older_than if sought.older_than is not None else None
    gone = []
    for name, comment in _marked(session.run(which)):
        made = _moment(comment)
        if made is None or (before is not None and made >= before):
            continue
        key = _key(name)
        if session.run(f"select pg_try_advisory_lock({key})")[0][0] is not True:
            continue
        with contextlib.suppress(QueryFailed):  # another role's
            if not sought.is_dry:
                drop(session, name)
            gone.append(name)
        session.run(f"select pg_advisory_unlock({key})")
    return gone


def _marked(rows: Sequence[tuple[object, ...]]) -> list[tuple[str, str]]:
    return [(str(name), str(comment)) for name, comment in rows if comment is not None]


def _moment(comment: str) -> datetime | None:
    if not comment.startswith(_MARK):
        return None
    try:
        made = datetime.fromisoformat(comment.removeprefix(_MARK))
    except ValueError:
        return None
    return made if made.tzinfo else None


def _key(root: str) -> int:
    return int.from_bytes(hashlib.sha256(root.encode()).digest()[:8], "big", signed=True)


def _end_others(session: Session, root: str) -> None:
    """Ends sessions that hold something of a run: of a dbt that was killed, whose statement goes on."""
    _end(
        session,
        "select l.pid from pg_catalog.pg_locks l "
        "left join pg_catalog.pg_class c on l.locktype = 'relation' and c.oid = l.relation "
        "join pg_catalog.pg_namespace n on n.oid = c.relnamespace or (l.locktype = 'object' "
        "and l.classid = 'pg_catalog.pg_namespace'::regclass and n.oid = l.objid) "
        "where l.database = (select oid from pg_catalog.pg_database where datname = current_database()) "
        f"and {schemas_of(root)}",
    )


def _end(session: Session, pids: str) -> None:
    """Ends sessions of our user's; what is refused is passed over."""
    with contextlib.suppress(QueryFailed):
        session.run(
            "select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = session_user "
            f"and pid <> pg_backend_pid() and pid in ({pids})"
        )
