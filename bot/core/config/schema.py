"""The JSON Schema of `.proofbot.yml`, for editors, and the names that may stand where a wrong one stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from bot.core.config.document import Path
from bot.core.config.frame import Kinds, frame

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"
_OF_CHECKS = "Checks"
_OF_ENTRIES = frozenset({"select", "exclude"})
META = "meta.proofbot"

Schema = dict[str, Any]


def json_schema(kinds: Kinds) -> Schema:
    """Returns the JSON Schema (draft 2020-12) of the file for these kinds of checks.

    What the options of a check require is not required by it: one entry may complete what another one says.
    """
    types = frame(kinds)
    schema = types.file.model_json_schema()
    checks = types.checks.model_json_schema(ref_template=f"{_DEFINITIONS}{_OF_CHECKS}.{{model}}")
    of_checks = {f"{_OF_CHECKS}.{name}": part for name, part in checks.pop("$defs", {}).items()}
    for part in (checks, *of_checks.values()):
        _relax(part)
    definitions = {**schema.pop("$defs", {}), **of_checks, _OF_CHECKS: checks}
    whole = _tidy({**schema, "$defs": definitions})
    return {"$schema": _DIALECT, **_inlined(whole), "title": ".proofbot.yml"}


@cache
def _known(kinds: Kinds) -> Schema:
    return json_schema(kinds)


def names_at(kinds: Kinds, path: Path) -> frozenset[str]:
    """The keys that the mapping at a path may have; none where any may stand. A path in a model's meta starts with
    META."""
    if path == (META,):
        return names_at(kinds, ("models", 0)) - _OF_ENTRIES
    return frozenset(name for place in _places(kinds, path) for name in place.get("properties", {}))


def takes_mapping(kinds: Kinds, path: Path) -> bool:
    """Whether a mapping may stand at a path."""
    return any(place.get("type") == "object" for place in _places(kinds, path))


def homes(kinds: Kinds, name: str) -> tuple[str, ...]:
    """Where a key of this name belongs, in words."""
    found = []
    if name in names_at(kinds, ()):
        found.append("the top level")
    if name in names_at(kinds, ("models", 0)):
        found.append("an entry of `models`")
    if name in names_at(kinds, ("policy",)):
        found.append("`policy`")
    if name in names_at(kinds, ("policy", "rules", 0)):
        found.append("a rule of `policy`")
    if name in names_at(kinds, ("checks",)):
        found.append("`checks`")
    found += [
        f"the check `{kind.name}`"
        for kind in kinds.checks
        if name in names_at(kinds, ("checks", kind.name)) and name not in ("where", "budget")
    ]
    return tuple(found)


def _places(kinds: Kinds, path: Path) -> list[Schema]:
    """The schemas of what may stand at a path: one for each form it may have."""
    schema = _known(kinds)
    places = list(_alternatives(schema, schema))
    for part in ("models", 0, *path[1:]) if path[:1] == (META,) else path:
        places = [inner for place in places for inner in _below(place, part, schema)]
    return places


def _below(schema: Schema, part: str | int, whole: Schema) -> Iterator[Schema]:
    if isinstance(part, int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(part) or schema.get("additionalProperties")
    if isinstance(inner, dict):
        yield from _alternatives(inner, whole)


def _alternatives(schema: Schema, whole: Schema) -> Iterator[Schema]:
    yield schema
    for inner in schema.get("anyOf", []):
        yield from _alternatives(inner, whole)
    if "$ref" in schema:
        yield from _alternatives(whole["$defs"][schema["$ref"].removeprefix(_DEFINITIONS)], whole)


def _parts(value: Any) -> Iterator[Schema]:
    """Every mapping in a schema, itself included."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(inner)


def _relax(schema: Schema) -> None:
    for part in _parts(schema):
        if isinstance(part.get("required"), list):
            del part["required"]


def _tidy(schema: Schema) -> Schema:
    """Without the titles that repeat a name, and defaults that say that there is none."""
    for part in _parts(schema):
        if isinstance(part.get("title"), str):
            del part["title"]
        if "default" in part and part["default"] is None:
            del part["default"]
    return schema


def _inlined(schema: Schema) -> Schema:
    """With the definitions that are used once put where they are used, and those that are not used left out."""
    definitions: Schema = schema["$defs"]
    while True:
        used = Counter(part["$ref"].removeprefix(_DEFINITIONS) for part in _parts(schema) if "$ref" in part)
        rare = [name for name in definitions if used[name] < 2]
        if not rare:
            return schema
        definition = definitions.pop(rare[0])
        for part in _parts(schema):
            if part.get("$ref") == f"{_DEFINITIONS}{rare[0]}":
                del part["$ref"]
                part.update({**definition, **part})
