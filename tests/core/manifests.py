"""Builds small manifests as dbt writes them, for tests that need no dbt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core import project
from bot.domain import Change, Project

Entry = dict[str, object]


def node(
    name: str,
    code: str = "select 1 as id",
    *,
    reads: Sequence[str] = (),
    macros: Sequence[str] = (),
    config: Mapping[str, object] | None = None,
    **more: object,
) -> Entry:
    """A node of the package `shop`; `name` with a type before it, `model.orders`. `more` replaces whole entries."""
    kind, _, short = name.rpartition(".")
    kind = kind or "model"
    materialized = {"seed": "seed", "snapshot": "snapshot"}.get(kind, "view")
    entry: Entry = {
        "unique_id": f"{kind}.shop.{short}",
        "name": short,
        "alias": short,
        "resource_type": kind,
        "package_name": "shop",
        "original_file_path": f"{kind}s/{short}.sql",
        "path": f"{short}.sql",
        "fqn": ["shop", short],
        "language": "sql",
        "raw_code": code,
        "checksum": {"name": "sha256", "checksum": "0"},
        "database": "db",
        "schema": "main",
        "config": {"materialized": materialized, "tags": [], **(config or {})},
        "depends_on": {"nodes": list(reads), "macros": list(macros)},
        "columns": {},
        "description": "",
        "meta": {},
    }
    return {**entry, **more}


def source(name: str, **more: object) -> Entry:
    """A source of the package `shop`; `name` is `group.table`."""
    group, _, table = name.partition(".")
    entry: Entry = {"unique_id": f"source.shop.{name}", "name": table, "identifier": table, "schema": group}
    return {**entry, "database": "db", "relation_name": f'"db"."{group}"."{table}"', **more}


def macro(unique_id: str, text: str = "", calls: Sequence[str] = ()) -> Entry:
    """A macro by its full unique id."""
    _, package, name = unique_id.split(".")
    entry: Entry = {"unique_id": unique_id, "package_name": package, "name": name, "macro_sql": text}
    return {**entry, "depends_on": {"macros": list(calls)}}


def generic_test(
    kind: str, model: str, columns: str | Sequence[str], *, where: str | None = None, namespace: str | None = None
) -> Entry:
    """A generic test of a model, about one column or a combination."""
    about: Entry = {"column_name": columns} if isinstance(columns, str) else {"combination_of_columns": list(columns)}
    label = columns if isinstance(columns, str) else "_".join(columns)
    return {
        "unique_id": f"test.shop.{kind}_{model}_{label}{'_if' if where else ''}",
        "name": f"{kind}_{model}_{label}",
        "resource_type": "test",
        "package_name": "shop",
        "original_file_path": "models/schema.yml",
        "config": {"severity": "ERROR", "where": where},
        "attached_node": f"model.shop.{model}",
        "depends_on": {"nodes": [f"model.shop.{model}"], "macros": []},
        "raw_code": f"{{{{ test_{kind}(**_dbt_generic_test_kwargs) }}}}",
        "test_metadata": {"name": kind, "namespace": namespace, "kwargs": {**about, "model": "ref"}},
    }


def hook(name: str, code: str, macros: Sequence[str] = ()) -> Entry:
    """A statement of on-run-start or on-run-end."""
    entry: Entry = {"unique_id": f"operation.shop.{name}", "name": name, "resource_type": "operation"}
    return {**entry, "raw_code": code, "depends_on": {"macros": list(macros), "nodes": []}}


def manifest(
    *nodes: Entry, sources: Sequence[Entry] = (), macros: Sequence[Entry] = (), **sections: object
) -> dict[str, object]:
    """A manifest of the project `shop` on DuckDB."""
    return {
        "metadata": {"project_name": "shop", "adapter_type": "duckdb", "dbt_version": "1.11.0"},
        "nodes": {str(entry["unique_id"]): entry for entry in nodes},
        "sources": {str(entry["unique_id"]): entry for entry in sources},
        "macros": {str(entry["unique_id"]): entry for entry in macros},
        **sections,
    }


def read(
    *nodes: Entry,
    sources: Sequence[Entry] = (),
    macros: Sequence[Entry] = (),
    variables: Mapping[str, Mapping[str, object]] | None = None,
) -> Project:
    """The project of a small manifest."""
    return project.read(manifest(*nodes, sources=sources, macros=macros), variables or {})


def affected(found: Change) -> dict[str, str]:
    """What a change affects: short name to kind."""
    return {entry.unique_id.rsplit(".", 1)[-1]: entry.kind.value for entry in found.affected}


def causes(found: Change, name: str) -> list[tuple[str, str]]:
    """Why a node is affected, as pairs of kind and detail."""
    entry = next(entry for entry in found.affected if entry.unique_id.endswith(f".{name}"))
    return [(cause.kind.value, cause.detail) for cause in entry.causes]
