"""A manifest becomes a Project. What dbt leaves out or spells in an unusual way gets a plain default, never a crash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.domain import Constraint, DeclaredColumn, Exposure, Macro, Node, Project, RelationName, Source, Test

_MATERIALIZED = ("model", "seed", "snapshot", "function")
_SOURCE_METADATA = frozenset(
    {"enabled", "event_time", "freshness", "loaded_at_field", "loaded_at_query", "meta", "static_analysis", "tags"}
)
_TEST_SETTINGS = ("where", "limit", "fail_calc", "error_if", "warn_if")
_READERS = ("metrics", "semantic_models", "saved_queries")
_NOTHING: Mapping[str, object] = {}


def read(manifest: Mapping[str, object], variables: Mapping[str, Mapping[str, object]]) -> Project:
    """Returns one side of the graph.

    `manifest` is a parsed manifest.json (schema v12, dbt-core 1.8 and later), `variables` the `vars` of each
    package's dbt_project.yml by package name. Raises nothing: what a manifest does not say stays empty.
    """
    metadata = _mapping(manifest.get("metadata"))
    entries = {**_entries(manifest, "nodes"), **_entries(manifest, "functions")}
    kinds = {unique_id: _text(entry.get("resource_type")) for unique_id, entry in entries.items()}
    hooks = {unique_id: entry for unique_id, entry in entries.items() if kinds[unique_id] == "operation"}
    tests = {unique_id: _test(unique_id, entry) for unique_id, entry in entries.items() if kinds[unique_id] == "test"}
    readers = {u: entry for u, entry in entries.items() if kinds[u] and kinds[u] not in (*_MATERIALIZED, "test")}
    for section in _READERS:
        readers.update(_entries(manifest, section))
    units = {unique_id: _unit_test(unique_id, entry) for unique_id, entry in _entries(manifest, "unit_tests").items()}
    return Project(
        name=_text(metadata.get("project_name")),
        dbt_version=_text(metadata.get("dbt_version")),
        adapter=_text(metadata.get("adapter_type")),
        nodes={u: _node(u, entry) for u, entry in entries.items() if kinds[u] in _MATERIALIZED},
        sources={u: _source(u, entry) for u, entry in _entries(manifest, "sources").items()},
        tests={**tests, **units},
        macros={u: _macro(u, entry) for u, entry in _entries(manifest, "macros").items()},
        hooks={u: _text(entry.get("raw_code")) for u, entry in hooks.items()},
        variables={package: dict(values) for package, values in variables.items()},
        hook_macros={u: _depends_on(entry, "macros") for u, entry in hooks.items()},
        exposures={u: _exposure(u, entry) for u, entry in _entries(manifest, "exposures").items()},
        readers={u: _exposure(u, entry) for u, entry in readers.items()},
    )


def canonical(value: object) -> str:
    """Returns a text that two values share only if they are equal and of equal types; the order of mappings is no
    part of it."""
    if isinstance(value, Mapping):
        pairs = sorted((str(key), canonical(item)) for key, item in value.items())
        return "{" + ", ".join(f"{key!r}: {item}" for key, item in pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(canonical(item) for item in value) + "]"
    return repr(value)


def _node(unique_id: str, entry: Mapping[str, object]) -> Node:
    config = _mapping(entry.get("config"))
    resource_type = _text(entry.get("resource_type"))
    if resource_type == "function":
        config = {**config, "arguments": entry.get("arguments"), "returns": entry.get("returns")}
    materialization = _text(config.get("materialized")) or resource_type
    contract = _mapping(entry.get("contract")) or _mapping(config.get("contract"))
    enforced = bool(contract.get("enforced"))
    return Node(
        unique_id=unique_id,
        name=_text(entry.get("name")) or unique_id.rsplit(".", 1)[-1],
        resource_type=resource_type,
        package=_package(unique_id, entry),
        path=_text(entry.get("original_file_path")) or _text(entry.get("path")),
        fqn=_texts(entry.get("fqn")),
        language=_text(entry.get("language")) or "sql",
        raw_code=_text(entry.get("raw_code")),
        checksum=_checksum(entry.get("checksum")),
        materialization=materialization,
        relation=None if materialization == "ephemeral" else _relation(entry, "alias"),
        config=config,
        meta=_meta(entry),
        description=_text(entry.get("description")),
        columns=tuple(_column(name, column) for name, column in _entries(entry, "columns").items()),
        constraints=tuple(
            Constraint(_text(constraint.get("type")), _texts(constraint.get("columns")))
            for constraint in _mappings(entry.get("constraints"))
        ),
        contract_enforced=enforced,
        contract_terms=_contract_terms(entry, contract) if enforced else "",
        depends_on=_depends_on(entry, "nodes"),
        macros=_depends_on(entry, "macros"),
        tags=_tags(entry),
        group=_text(entry.get("group")) or _text(config.get("group")) or None,
        access=_text(entry.get("access")) or None,
        version=_version(entry.get("version")),
        latest_version=_version(entry.get("latest_version")),
        properties=_text(entry.get("patch_path")).partition("://")[2],
    )


def _contract_terms(entry: Mapping[str, object], contract: Mapping[str, object]) -> str:
    columns = [
        [name, column.get("data_type"), column.get("constraints") or [], column.get("quote")]
        for name, column in _entries(entry, "columns").items()
    ]
    return canonical([columns, entry.get("constraints") or [], contract.get("alias_types")])


def _column(name: str, column: Mapping[str, object]) -> DeclaredColumn:
    return DeclaredColumn(
        name=_text(column.get("name")) or name,
        data_type=_text(column.get("data_type")) or None,
        description=_text(column.get("description")),
        constraints=tuple(_text(constraint.get("type")) for constraint in _mappings(column.get("constraints"))),
        tags=tuple(dict.fromkeys((*_tags(column), *_tags(_mapping(column.get("config")))))),
        meta=_meta(column),
    )


def _source(unique_id: str, entry: Mapping[str, object]) -> Source:
    relation = _relation(entry, "identifier") or RelationName(None, "", unique_id.rsplit(".", 1)[-1])
    meta = _meta(entry)
    config = {k: v for k, v in _mapping(entry.get("config")).items() if k not in _SOURCE_METADATA}
    # Plugins of dbt-duckdb read their settings from meta, where others only describe.
    settings = [meta, config] if "plugin" in {**meta, **config} else []
    definition = canonical([_mapping(entry.get("quoting")), entry.get("external"), settings])
    return Source(
        unique_id=unique_id,
        relation=relation,
        location=_location(entry, meta),
        definition=definition,
        package=_package(unique_id, entry),
        fqn=_texts(entry.get("fqn")),
        path=_text(entry.get("original_file_path")),
        tags=_tags(entry),
        config=_mapping(entry.get("config")),
    )


def _exposure(unique_id: str, entry: Mapping[str, object]) -> Exposure:
    return Exposure(
        unique_id=unique_id,
        name=_text(entry.get("name")) or unique_id.rsplit(".", 1)[-1],
        package=_package(unique_id, entry),
        path=_text(entry.get("original_file_path")),
        fqn=_texts(entry.get("fqn")),
        depends_on=_depends_on(entry, "nodes"),
        tags=_tags(entry),
        config=_mapping(entry.get("config")),
        kind=_text(entry.get("type")) if unique_id.startswith("exposure.") else _text(entry.get("resource_type")),
        label=_text(entry.get("label")),
        owner=_owner(_mapping(entry.get("owner"))),
        expressions=_expressions(entry),
        measures=_measures(entry),
    )


def _owner(owner: Mapping[str, object]) -> str:
    emails = owner.get("email")
    return _text(owner.get("name")) or _text(emails) or ", ".join(_texts(emails))


def _expressions(entry: Mapping[str, object]) -> Mapping[str, str]:
    """What a semantic model defines; without SQL of its own, a column of the same name."""
    parts = [part for kind in ("entities", "dimensions", "measures") for part in _mappings(entry.get(kind))]
    return {_text(part.get("name")): _text(part.get("expr")) or _text(part.get("name")) for part in parts}


def _measures(entry: Mapping[str, object]) -> tuple[str, ...]:
    inputs = _mapping(entry.get("type_params")).get("input_measures")
    return tuple(_text(one.get("name")) for one in (*_mappings(entry.get("measures")), *_mappings(inputs)))


def _location(entry: Mapping[str, object], meta: Mapping[str, object]) -> str | None:
    """dbt-duckdb renders a declared location into the relation's name; nothing else puts a file there."""
    declared = _text(_mapping(entry.get("config")).get("external_location")) or _text(meta.get("external_location"))
    external = entry.get("external")
    declared = declared or _text(external) or _text(_mapping(external).get("location"))
    rendered = _text(entry.get("relation_name"))
    if len(rendered) > 1 and rendered[0] == rendered[-1] == "'":
        return rendered[1:-1]
    return (rendered if declared and "(" in rendered else declared) or None


def _test(unique_id: str, entry: Mapping[str, object]) -> Test:
    config = _mapping(entry.get("config"))
    generic = _mapping(entry.get("test_metadata"))
    arguments = {key: value for key, value in _mapping(generic.get("kwargs")).items() if key != "model"}
    nested = _mapping(arguments.pop("arguments", None))
    arguments.update(nested)
    depends_on = _depends_on(entry, "nodes")
    attached = _text(entry.get("attached_node")) or (depends_on[0] if generic and len(depends_on) == 1 else "")
    column = _text(arguments.get("column_name")) or _text(entry.get("column_name"))
    several = _texts(arguments.get("combination_of_columns"))
    conditions = (config.get("where"), arguments.get("where"), arguments.get("row_condition"))
    return Test(
        unique_id=unique_id,
        name=_text(entry.get("name")) or unique_id,
        kind=_text(generic.get("name")) or "singular",
        package=_package(unique_id, entry),
        path=_text(entry.get("original_file_path")) or _text(entry.get("path")),
        fqn=_texts(entry.get("fqn")),
        depends_on=depends_on,
        model=attached or None,
        columns=several or ((column,) if column else ()),
        conditional=any(conditions),
        severity=(_text(config.get("severity")) or "error").lower(),
        raw_code=_text(entry.get("raw_code")),
        arguments={**arguments, **{key: config[key] for key in _TEST_SETTINGS if config.get(key)}},
        macros=_depends_on(entry, "macros"),
        tags=_tags(entry),
        config=config,
    )


def _unit_test(unique_id: str, entry: Mapping[str, object]) -> Test:
    depends_on = _depends_on(entry, "nodes")
    return Test(
        unique_id=unique_id,
        name=_text(entry.get("name")) or unique_id,
        kind="unit",
        package=_package(unique_id, entry),
        path=_text(entry.get("original_file_path")) or _text(entry.get("path")),
        fqn=_texts(entry.get("fqn")),
        depends_on=depends_on,
        model=depends_on[0] if depends_on else None,
        arguments={key: entry.get(key) for key in ("given", "expect", "overrides")},
        tags=_tags(entry) or _tags(_mapping(entry.get("config"))),
        config=_mapping(entry.get("config")),
    )


def _macro(unique_id: str, entry: Mapping[str, object]) -> Macro:
    return Macro(
        unique_id=unique_id,
        name=_text(entry.get("name")) or unique_id.rsplit(".", 1)[-1],
        package=_package(unique_id, entry),
        text=_text(entry.get("macro_sql")),
        calls=_depends_on(entry, "macros"),
    )


def _relation(entry: Mapping[str, object], identifier_key: str) -> RelationName | None:
    identifier = _text(entry.get(identifier_key)) or _text(entry.get("name"))
    if not identifier:
        return None
    return RelationName(_text(entry.get("database")) or None, _text(entry.get("schema")), identifier)


def _meta(entry: Mapping[str, object]) -> Mapping[str, object]:
    config = _mapping(entry.get("config"))
    return {**_mapping(entry.get("source_meta")), **_mapping(entry.get("meta")), **_mapping(config.get("meta"))}


def _tags(entry: Mapping[str, object]) -> tuple[str, ...]:
    tags = entry.get("tags")
    return (tags,) if isinstance(tags, str) else _texts(tags)


def _version(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) else None


def _checksum(value: object) -> str:
    """Of a seed above 1 MiB dbt hashes the path: that says nothing of its content."""
    checksum = _mapping(value)
    return "" if _text(checksum.get("name")) in {"path", "none"} else _text(checksum.get("checksum"))


def _package(unique_id: str, entry: Mapping[str, object]) -> str:
    parts = unique_id.split(".")
    return _text(entry.get("package_name")) or (parts[1] if len(parts) > 2 else "")


def _depends_on(entry: Mapping[str, object], what: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_texts(_mapping(entry.get("depends_on")).get(what))))


def _entries(mapping: Mapping[str, object], key: str) -> dict[str, Mapping[str, object]]:
    return {name: item for name, item in _mapping(mapping.get(key)).items() if isinstance(item, Mapping)}


def _mappings(value: object) -> Iterable[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else _NOTHING


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
