"""GitLab's API on this machine, and the storage of artifacts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping

from tests.world.forges.fake_gitlab import door
from tests.world.forges.fake_gitlab.state import State
from tests.world.forges.http_fake.answers import Answer
from tests.world.forges.http_fake.asked import Request
from tests.world.forges.http_fake.faults import Fault, Kind
from tests.world.forges.http_fake.server import Server

# Limits are told by GitLab itself, as JSON and without saying how long, or by what stands before it, as text and with
# headers (doc/administration/settings/user_and_ip_rate_limits.md, "Response headers").
_TOO_OFTEN = {"message": {"error": "This endpoint has been requested too many times. Try again later."}}
SAYINGS: Mapping[Kind, object] = {
    Kind.LOCKED: {"message": "Failed to obtain a lock"},  # app/services/ci/pipelines/add_job_service.rb
    Kind.FORBIDDEN: {"message": "403 Forbidden"},
    Kind.MISSING: {"message": "404 Not found"},
    Kind.TIMED_OUT: {"message": {"error": "Request timed out"}},
    Kind.CONFLICT: {"message": "Another update to this commit status is in progress"},
    Kind.UNPROCESSABLE: {"message": "The number of jobs has exceeded the limit"},
    Kind.TOO_MANY: _TOO_OFTEN,
    Kind.TOO_MANY_UNTIL: b"Retry later\n",
}


class GitLabServer(Server):
    """Answers as GitLab does.

    Args:
        prefix: of everything, where GitLab shares its host with others: `/gitlab`.
    """

    def __init__(self, path: str, visibility: str, prefix: str) -> None:
        super().__init__(f"{prefix}/api/v4")
        self._request_numbers = itertools.count(1)
        self.state = State(path, visibility, self.url + prefix, self.storage_url)

    def answer(self, request: Request) -> Answer:
        """What GitLab does and answers."""
        return door.answer(self.state, request, self.complaints.append)

    def refusal(self, fault: Fault) -> Answer | None:
        """What GitLab says at a fault."""
        if fault.kind not in SAYINGS:
            return None
        headers = dict(fault.wait)
        if fault.kind is Kind.TOO_MANY_UNTIL:
            reset = int(time.time()) + (fault.retry_after or 0)
            about = {
                "RateLimit-Limit": "60",
                "RateLimit-Observed": "61",
                "RateLimit-Name": "throttle_authenticated_api",
            }
            headers = about | {"RateLimit-Remaining": "0", "RateLimit-Reset": str(reset)}
        return Answer(fault.kind.status, SAYINGS[fault.kind], headers)

    def headers(self) -> Mapping[str, str]:
        """The number of the request, for who complains."""
        return {"X-Request-Id": f"01FAKE{next(self._request_numbers):08X}"}

    def archive(self, number: int) -> bytes | None:
        """What a job left."""
        job = self.state.jobs.get(number)
        return None if job is None or job.artifact is None else job.artifact.content
