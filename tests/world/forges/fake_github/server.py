"""GitHub's API on this machine, and the storage of artifacts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping

from tests.world.forges.fake_github import door
from tests.world.forges.fake_github.state import State
from tests.world.forges.http_fake.answers import Answer
from tests.world.forges.http_fake.asked import Request
from tests.world.forges.http_fake.faults import Fault, Kind
from tests.world.forges.http_fake.server import Server

_TOO_OFTEN = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
WORDS = {
    Kind.FORBIDDEN: "Resource not accessible by integration",
    Kind.MISSING: "Not Found",
    Kind.TIMED_OUT: "Request Timeout",
    Kind.CONFLICT: "Conflict",
    Kind.UNPROCESSABLE: "Validation Failed",
    Kind.TOO_MANY: _TOO_OFTEN,
    Kind.SECONDARY: _TOO_OFTEN,
    Kind.PRIMARY: "API rate limit exceeded for installation.",
}


class GitHubServer(Server):
    """Answers as GitHub does."""

    def __init__(self, repository: str, prefix: str) -> None:
        super().__init__(prefix)
        self._request_numbers = itertools.count(1)
        self.state = State(repository, self.url, self.url + prefix, self.storage_url)

    def answer(self, request: Request) -> Answer:
        """What GitHub does and answers."""
        return door.answer(self.state, request, self.complaints.append)

    def answer_elsewhere(self, request: Request) -> Answer | None:
        """GitHub's other API."""
        is_other = request.path == f"{self._prefix.removesuffix('/v3')}/graphql"
        return door.answer_about_viewer(self.state, request) if is_other else None

    def refusal(self, fault: Fault) -> Answer | None:
        """What GitHub says at a fault."""
        if fault.kind not in WORDS:
            return None
        headers = fault.wait
        if fault.kind is Kind.PRIMARY:
            reset = int(time.time()) + (fault.retry_after or 0)
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        return Answer(fault.kind.status, {"message": WORDS[fault.kind]}, headers)

    def headers(self) -> Mapping[str, str]:
        """How often this token may still ask."""
        limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-RateLimit-Used": "1"}
        limits["X-RateLimit-Reset"] = str(int(time.time()) + 3600)
        return {"X-GitHub-Request-Id": f"{next(self._request_numbers):04X}", **limits}

    def archive(self, number: int) -> bytes | None:
        """An artifact."""
        artifact = self.state.artifacts.get(number)
        return None if artifact is None else artifact.content
