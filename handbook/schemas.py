"""A JSON Schema as tables: a row for each field, with its path, its type and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from handbook.tables import code, table

_Schema = Mapping[str, Any]
_SIMPLE = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping"}
_MANY = {"text": "texts", "whole number": "whole numbers", "mapping": "mappings", "any value": "any values"}
_PERCENTAGE = "%$"


class Fields:
    """The fields of one schema."""

    def __init__(self, schema: _Schema, *, sections: bool, elsewhere: Mapping[str, str]) -> None:
        """
        Args:
            schema: the whole document.
            sections: whether definitions that have fields are told once, under a heading each, and referred to.
                Else they are told where they are used.
            elsewhere: links in place of what lies inside of these paths.
        """
        self._schema = schema
        self._defs: Mapping[str, _Schema] = schema.get("$defs", {})
        self._sections = sections
        self._elsewhere = elsewhere
        self._told: dict[str, str] = {}

    def parts(self) -> Iterator[str]:
        """The table of the document itself, then a heading and a table for each definition that has fields."""
        yield self._table(self._schema)
        for name, one in self._defs.items():
            if self._sections and self._has_section(name):
                yield f"## {name}"
                if about := one.get("description", ""):
                    yield about
                yield self._table(one)

    def _table(self, schema: _Schema) -> str:
        rows = self._rows(schema, "")
        # What is read has no defaults.
        if self._sections:
            return table(("Field", "Type", "What it says"), ((path, kind, says) for path, kind, _, says in rows))
        return table(("Key", "Type", "Default", "What it says"), rows)

    def _rows(self, schema: _Schema, prefix: str) -> Iterator[tuple[str, str, str, str]]:
        required = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            path = f"{prefix}{name}"
            default = "required" if name in required else _default(field)
            says = self._says(field)
            if path in self._elsewhere:
                yield code(path), "mapping", default, f"{says}; see {self._elsewhere[path]}"
                continue
            inside = [(inner, below, json.dumps(inner["properties"])) for inner, below in self._inside(field)]
            again = next((self._told[fields] for _, _, fields in inside if fields in self._told), "")
            yield code(path), self._kind(field), default, f"{says}; its fields as in {code(again)}" if again else says
            for inner, below, fields in inside:
                if fields not in self._told:
                    self._told[fields] = path
                    yield from self._rows(inner, f"{path}{below}.")

    def _says(self, field: _Schema) -> str:
        said = field.get("description", "")
        return str(said or (self._defs[_name(field)].get("description", "") if "$ref" in field else ""))

    def _has_section(self, name: str) -> bool:
        return self._sections and "properties" in self._defs[name]

    def _inside(self, field: _Schema) -> Iterator[tuple[_Schema, str]]:
        """What has fields inside of a field, and how the path goes on to them."""
        if "$ref" in field:
            if not self._has_section(_name(field)):
                yield from self._inside(self._defs[_name(field)])
            return
        if field.get("properties"):
            yield field, ""
        for one in (*field.get("anyOf", ()), *field.get("oneOf", ())):
            yield from self._inside(one)
        if isinstance(items := field.get("items"), dict):
            yield from ((inner, f"[]{below}") for inner, below in self._inside(items))
        if isinstance(values := field.get("additionalProperties"), dict):
            yield from ((inner, f".<name>{below}") for inner, below in self._inside(values))

    def _kind(self, field: _Schema) -> str:
        if "$ref" in field:
            name = _name(field)
            return f"[{name}](#{name})" if self._has_section(name) else self._kind(self._defs[name])
        for several in ("anyOf", "oneOf"):
            if several in field:
                return self._join(field[several])
        if "enum" in field:
            return ", ".join(code(value if isinstance(value, str) else json.dumps(value)) for value in field["enum"])
        if "const" in field:
            return code(json.dumps(field["const"]))
        kind = field.get("type", "")
        if isinstance(kind, list):
            return self._join([{**field, "type": one} for one in kind])
        if kind == "array":
            inner = self._kind(field.get("items", {}))
            return f"list of {_MANY.get(inner, inner)}"
        values = field.get("additionalProperties")
        if kind == "object" and isinstance(values, dict) and values:
            return f"mapping from name to {self._kind(values)}"
        if kind == "string" and str(field.get("pattern", "")).endswith(_PERCENTAGE):
            return "percentage"
        return f"{_SIMPLE.get(kind, kind or 'any value')}{_range(field)}"

    def _join(self, fields: list[_Schema]) -> str:
        """Where a document is written by hand, null is to leave out a field; where it is read, it is told."""
        kinds = [self._kind(one) for one in fields if self._sections or one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))


def _name(field: _Schema) -> str:
    return str(field["$ref"]).rpartition("/")[2]


def _default(field: _Schema) -> str:
    value = field.get("default")
    if value is None or value in ([], {}):
        return ""
    return code(value if isinstance(value, str) else json.dumps(value))


def _range(field: _Schema) -> str:
    if field.get("type") == "null":
        return ""
    least = field.get("minimum", field.get("exclusiveMinimum"))
    most = field.get("maximum")
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    return f", at least {least:g}" if least else ""
