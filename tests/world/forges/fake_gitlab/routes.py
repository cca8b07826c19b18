"""Which function serves which request, and how GitLab says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.world.forges.fake_gitlab.state import State
from tests.world.forges.fake_gitlab.taken import PAGES, Taken
from tests.world.forges.fake_gitlab.things import REPORTER, MergeRequest, Project, Token, User
from tests.world.forges.http_fake.answers import Answer
from tests.world.forges.http_fake.routes import Routes


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is well formed. Nobody has asked yet whether this caller may do it.

    `token` is None for who brought none, or one that this operation does not look at. `path` holds the parts that the
    route names, `given` the parameters of the query and the body. `complain` hears of what no client should send.
    """

    state: State
    token: Token | None
    project: Project
    path: Mapping[str, str]
    given: Mapping[str, Any]
    complain: Callable[[str], None]

    @property
    def user(self) -> User:
        """Who asks.

        Raises:
            Refusal: nobody that is known.
        """
        if self.token is None:
            raise unauthorized()
        return self.token.user

    @property
    def level(self) -> int:
        """What who asks may do in the project."""
        return 0 if self.token is None else self.token.user.level

    def number(self, name: str) -> int:
        """A part of the path that is a number."""
        return int(self.path[name])

    def request(self) -> MergeRequest:
        """The merge request that the path names. Guests do not see those of a private project."""
        found = self.state.requests.get(self.number("merge_request_iid"))
        if found is None or (self.level < REPORTER and self.project.visibility == "private"):
            raise missing()
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the API, and who serves it.

    `is_open`: who is unknown may ask, and sees what is public. `takes_job_tokens`: GitLab looks at the token of a job.
    """

    serve: Callable[[Call], Answer]
    taken: Mapping[str, Taken] = field(default_factory=dict)
    is_open: bool = False
    takes_job_tokens: bool = False
    is_list: bool = False


class Refusal(Exception):
    """An answer that is no success. `is_fault` says that no client should ever have sent this."""

    def __init__(self, status: int, body: object, *, is_fault: bool = False) -> None:
        super().__init__(str(body))
        self.is_fault = is_fault
        self.answer = Answer(status, body)


def missing(what: str = "") -> Refusal:
    """There is no such thing, or none that this token may see."""
    return Refusal(404, {"message": f"404 {what} Not Found" if what else "404 Not found"})


def unauthorized() -> Refusal:
    """Nobody knows who asks."""
    return Refusal(401, {"message": "401 Unauthorized"})


def forbidden() -> Refusal:
    """It is known who asks, and they may not."""
    return Refusal(403, {"message": "403 Forbidden"})


_ROUTES: Routes[Route] = Routes()


def serves(
    operation: str,
    taken: Mapping[str, Taken] | None = None,
    *,
    is_open: bool = False,
    takes_job_tokens: bool = False,
    is_list: bool = False,
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Marks the function that serves an operation: `GET /user`."""
    method, _, path = operation.partition(" ")
    known = {**(taken or {}), **(PAGES if is_list else {})}

    def keep(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        _ROUTES.add(method, path, Route(function, known, is_open, takes_job_tokens, is_list))
        return function

    return keep


def route_of(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request and the parts of its path; None where nothing of the kind is served."""
    return _ROUTES.find(method, path)
