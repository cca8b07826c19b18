"""Which function serves which request, and what an answer is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.world.forges.fake_github.description import PATHS
from tests.world.forges.fake_github.state import State
from tests.world.forges.fake_github.things import Token
from tests.world.forges.http_fake.answers import Answer
from tests.world.forges.http_fake.routes import Routes


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is well formed, by somebody who may make it. `path` holds the parts that the route names."""

    state: State
    token: Token
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the API: its path in the description, one of the `scopes` that a token needs, who serves it."""

    method: str
    path: str
    scopes: tuple[str, ...]
    level: str
    serve: Callable[[Call], Answer]


class Refusal(Exception):
    """An answer that is no success. `is_fault` says that no client should ever have sent this."""

    def __init__(
        self, status: int, message: str, errors: list[dict[str, str]] | None = None, *, is_fault: bool = False
    ) -> None:
        super().__init__(message)
        self.is_fault = is_fault
        about = {"documentation_url": "https://docs.github.com/rest", "status": str(status)}
        self.answer = Answer(status, {"message": message, **({"errors": errors} if errors else {}), **about})

    def with_header(self, name: str, value: str) -> Refusal:
        """The same, with a header that explains it."""
        self.answer = replace(self.answer, headers={name: value})
        return self


def missing() -> Refusal:
    """There is no such thing, or none that this token may see."""
    return Refusal(404, "Not Found")


def invalid(resource: str, field_name: str, message: str) -> Refusal:
    """A well-formed request whose content GitHub never takes."""
    fault = {"resource": resource, "code": "custom", "field": field_name, "message": message}
    return Refusal(422, "Validation Failed", [fault], is_fault=True)


_ROUTES: Routes[Route] = Routes()


def serves(
    method: str, path: str, scopes: tuple[str, ...] = (), level: str = "read"
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Marks the function that serves an operation of the description."""
    if method not in PATHS[path]:
        raise ValueError(f"{method} {path} is not among the paths of the description")

    def keep(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        _ROUTES.add(method, path, Route(method, path, scopes, level, function))
        return function

    return keep


def route_of(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request and the parts of its path; None where nothing of the kind is served."""
    return _ROUTES.find(method.lower(), path)
