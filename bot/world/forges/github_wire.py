"""One request to GitHub's API, and what GitHub means by its answer.

PyGithub carries the request. Its own objects are left aside: they ask again by a policy that doubles comments, refuse
addresses of another host, as a server behind a proxy names them, and read more than we need.
"""

from __future__ import annotations

from collections.abc import Mapping

from github import Auth, Github, GithubException

from bot.domain import Place
from bot.world.forges import wires
from bot.world.forges.retries import Retries
from bot.world.forges.wires import Request

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_LIMITS = ("rate limit", "abuse detection", "submitted too quickly")
_PAGE = 100


class Wire(wires.Wire):
    """Sends requests to the API of one place with one token, each once.

    Raises:
        Refused: there is no token, or it can't be one.
        Rejected: the API's address is none.
    """

    def __init__(self, place: Place, token: str, retries: Retries) -> None:
        super().__init__("GitHub", place, token, retries)
        self._requester = Github(
            auth=Auth.Token(self.token),
            base_url=place.api_url,
            user_agent="proofbot",
            timeout=retries.attempt_seconds,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).requester

    @property
    def graphql(self) -> str:
        """The address of the other API, whose place differs between GitHub and its Enterprise Server."""
        return str(self._requester.graphql_url)

    def transmit(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        """Carries a request."""
        aim = request.aim
        try:
            return self._requester.requestJson(
                request.verb, request.path, dict(request.query or {}), dict(_HEADERS), request.body
            )
        except wires.CUT as error:
            raise self.cut(aim, error) from error
        except (GithubException, AssertionError, RuntimeError, OSError) as error:
            raise self.broken(aim, error) from error
        except (ValueError, TypeError) as error:  # numbers in headers that are none
            raise self.unreadable(aim, "its answer can't be read") from error

    def message(self, data: object) -> str:
        """What GitHub says went wrong, with the details it gives."""
        if not isinstance(data, Mapping):
            return ""
        errors = data.get("errors")
        told = [data.get("message")]
        for error in errors if isinstance(errors, list) else [errors]:
            detail = error.get("message") or error.get("code") if isinstance(error, Mapping) else error
            told.append(detail)
        return ": ".join(part for part in told if isinstance(part, str) and part)

    def is_limit(self, status: int, headers: Mapping[str, str], message: str) -> bool:
        """Whether we asked too often. GitHub says so by 429, and by 403, which is a plain refusal otherwise."""
        message = message.lower()
        if status != 403 or "not accessible" in message:
            return status == 429
        has_said = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
        return has_said or any(words in message for words in _LIMITS)

    def hint(self, status: int, headers: Mapping[str, str]) -> str:
        """The permission that was missing, where GitHub names it."""
        needed = headers.get("x-accepted-github-permissions", "")
        return f"(the token needs {needed})" if status == 403 and needed else ""

    def is_last_page(self, headers: Mapping[str, str], rows: int) -> bool:
        """Whether a page is the last. Its header may have been dropped by a proxy."""
        return 'rel="next"' not in headers.get("link", "") and rows < _PAGE
