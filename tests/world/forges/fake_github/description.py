"""GitHub's own description of its REST API: cut to what the fake serves, and used to hold every request to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_REPO = "/repos/{owner}/{repo}"
# What the fake serves. Its other rooms follow: a route that is not here can't be served.
PATHS = {
    "/user": ("get",),
    _REPO: ("get",),
    f"{_REPO}/pulls": ("get",),
    f"{_REPO}/pulls/{{pull_number}}": ("get",),
    f"{_REPO}/pulls/{{pull_number}}/files": ("get",),
    f"{_REPO}/commits/{{ref}}": ("get",),
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


_EXAMPLES = frozenset({"example", "examples"})
