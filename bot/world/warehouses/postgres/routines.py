"""Functions of an environment: views hold on to them, and dbt replaces them where they lie."""

# Identifiers are quoted.
# ruff: noqa: S608

from __future__ import annotations

from bot.world.warehouses.postgres.session import Session
from bot.world.warehouses.postgres.spelling import quote


def move(session: Session, condition: str, places: dict[str, str]) -> list[str]:
    """Moves functions and procedures to other schemas, by the schema they lie in.

    Args:
        condition: on `n` (pg_namespace): which.

    Returns:
        the statements that make them again, where they were.

    Raises:
        QueryFailed, EnvironmentFailure: the server refused, or is gone.
    """
    found = session.run(
        "select n.nspname, format('%I(%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), "
        "pg_catalog.pg_get_functiondef(p.oid) from pg_catalog.pg_proc p "
        f"join pg_catalog.pg_namespace n on n.oid = p.pronamespace where p.prokind in ('f', 'p') and {condition} "
        "and not exists(select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    )
    for schema, signature, _ in found:
        session.run(f"alter routine {quote(str(schema))}.{signature} set schema {quote(places[str(schema)])}")
    return [str(made) for _, _, made in found]


def make(session: Session, statements: list[str]) -> None:
    """Makes functions again, whatever they read. Raises as `move`."""
    if statements:
        session.run("; ".join(["set check_function_bodies = off", *statements, "reset check_function_bodies"]))


def drop(session: Session, condition: str) -> None:
    """Drops functions and procedures with all that depends on them. Raises as `move`."""
    found = session.run(
        "select format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) "
        "from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace "
        f"where p.prokind in ('f', 'p') and {condition} "
        "and not exists(select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    )
    for (signature,) in found:
        session.run(f"drop routine if exists {signature} cascade")
