"""GitHub's own description of its REST API: cut to what the fake serves, and used to hold every request to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, MultiDict

from tests.tools import GITHUB_API, fetched

_REPO = "/repos/{owner}/{repo}"
_EXAMPLES = frozenset({"example", "examples"})
# What the fake serves. Its other rooms follow: a route that is not here can't be served.
PATHS = {
    "/user": ("get",),
    _REPO: ("get",),
    f"{_REPO}/pulls": ("get",),
    f"{_REPO}/pulls/{{pull_number}}": ("get",),
    f"{_REPO}/commits/{{ref}}": ("get",),
    f"{_REPO}/compare/{{basehead}}": ("get",),
    f"{_REPO}/commits/{{commit_sha}}/pulls": ("get",),
    f"{_REPO}/commits/{{ref}}/status": ("get",),
    f"{_REPO}/commits/{{ref}}/statuses": ("get",),
    f"{_REPO}/statuses/{{sha}}": ("post",),
    f"{_REPO}/issues/{{issue_number}}": ("get",),
    f"{_REPO}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{_REPO}/issues/comments/{{comment_id}}": ("get", "patch", "delete"),
    f"{_REPO}/issues/comments/{{comment_id}}/reactions": ("get", "post"),
    f"{_REPO}/collaborators/{{username}}/permission": ("get",),
    f"{_REPO}/actions/runs/{{run_id}}": ("get",),
    f"{_REPO}/actions/runs/{{run_id}}/artifacts": ("get",),
    f"{_REPO}/actions/artifacts/{{artifact_id}}": ("get",),
    f"{_REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}": ("get",),
}


def cut(document: dict[str, Any]) -> dict[str, Any]:
    """The description with the served operations and what they refer to, without examples.

    Raises:
        KeyError: a served operation is not in the description.
    """
    paths: dict[str, Any] = {}
    for path, methods in PATHS.items():
        described = document["paths"][path]
        kept = {method: described[method] for method in methods}
        shared = {"parameters": described["parameters"]} if "parameters" in described else {}
        paths[path] = _without_examples({**shared, **kept})
    components: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        kind, name = waiting.pop().removeprefix("#/components/").split("/", 1)
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _without_examples(document["components"][kind][name])
            waiting += _references(components[kind][name])
    about = {key: document[key] for key in ("openapi", "info")}
    return {**about, "servers": [{"url": "/"}], "paths": paths, "components": components}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _without_examples(node: Any) -> Any:
    """The same without the examples of bodies and parameters; a property may well be called `example`."""
    if isinstance(node, list):
        return [_without_examples(value) for value in node]
    if not isinstance(node, dict):
        return node
    holds_examples = "schema" in node or "type" in node
    return {key: _without_examples(value) for key, value in node.items() if not (holds_examples and key in _EXAMPLES)}


_HOST = "http://fake"
_SIMPLE: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "array": []}
_STRINGS = {"date-time": "2026-01-01T00:00:00Z", "uri": "https://fake.invalid/", "email": "someone@fake.invalid"}


@dataclass(slots=True)
class _Request:
    """A request as openapi-core wants it."""

    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None
    host_url: str = _HOST


@dataclass(frozen=True, slots=True)
class _Response:
    """A response as openapi-core wants it."""

    status_code: int
    data: bytes
    content_type: str = "application/json"
    headers: Headers = field(default_factory=Headers)


@dataclass(frozen=True, slots=True)
class Description:
    """What GitHub says that its API takes and answers."""

    _document: dict[str, Any]
    _held: OpenAPI

    def request_faults(self, method: str, path: str, query: str, body: bytes | None) -> list[str]:
        """What is wrong with a request, in words; nothing if it is as described."""
        request = _request(method, path, query, body)
        return [_in_words(fault) for fault in self._held.iter_apicall_request_errors(request)]

    def answer_faults(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer, in words."""
        request = _request(method, path, "", None)
        answer = _Response(status, body)
        return [_in_words(fault) for fault in self._held.iter_apicall_response_errors(request, answer)]

    def completed(self, method: str, path: str, status: int, answer: Any) -> Any:
        """An answer of ours with everything that the description says is always there. `path` is a key of PATHS."""
        described = self._document["paths"][path][method]["responses"].get(str(status), {})
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        return answer if schema is None else self._complete(schema, answer)

    def _complete(self, schema: dict[str, Any], value: Any) -> Any:
        schema = self._resolved(schema)
        if isinstance(value, list):
            return [self._complete(schema.get("items", {}), item) for item in value]
        if not isinstance(value, dict):
            return value
        properties = schema.get("properties", {})
        whole = {name: self._complete(properties.get(name, {}), member) for name, member in value.items()}
        missing = (name for name in schema.get("required", ()) if name not in whole)
        return whole | {name: self._filler(properties.get(name, {})) for name in missing}

    def _filler(self, schema: dict[str, Any]) -> Any:
        has_alternatives = "anyOf" in schema or "oneOf" in schema  # none of which is null
        schema = self._resolved(schema)
        if schema.get("nullable") and not has_alternatives:
            return None
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "string":
            return _STRINGS.get(schema.get("format", ""), "")
        return _SIMPLE[kind] if kind in _SIMPLE else self._complete(schema, {})

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema without references at its top; of alternatives the first, of several that hold together all."""
        if "$ref" in schema:
            kind, name = schema["$ref"].removeprefix("#/components/").split("/", 1)
            return self._resolved(self._document["components"][kind][name])
        for alternatives in ("oneOf", "anyOf"):
            if alternatives in schema:
                first = self._resolved(schema[alternatives][0])
                return {**first, **{key: value for key, value in schema.items() if key != alternatives}}
        if "allOf" in schema:
            parts = [self._resolved(part) for part in schema["allOf"]]
            return {
                "type": "object",
                "properties": {name: one for part in parts for name, one in part.get("properties", {}).items()},
                "required": [name for part in parts for name in part.get("required", ())],
            }
        return schema


@cache
def github() -> Description:
    """GitHub's description, read once in a process."""
    document = json.loads(fetched(GITHUB_API).read_text(encoding="utf-8"))
    document["servers"] = [{"url": _HOST}]
    return Description(document, OpenAPI.from_dict(document))


def _request(method: str, path: str, query: str, body: bytes | None) -> _Request:
    parameters = RequestParameters(query=MultiDict(parse_qsl(query, keep_blank_values=True)))
    return _Request(path, method.lower(), parameters, "application/json" if body else "", body)


def _in_words(fault: Exception) -> str:
    causes = getattr(fault.__cause__, "schema_errors", ())
    return f"{fault}: {'; '.join(str(cause.message) for cause in causes)}" if causes else str(fault)
