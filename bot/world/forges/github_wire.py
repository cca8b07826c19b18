"""One request to GitHub's API, and what is to be thought of its answer.

PyGithub carries the request. Its own objects are left aside: they ask again by a policy that doubles comments, refuse
addresses of another host, as a server behind a proxy names them, and read more than we need.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from github import Auth, Github, GithubException

from bot.domain import Place
from bot.world.forges.contract import Refused, Rejected, Unavailable
from bot.world.forges.retries import Kind, Retries, Setback, told_wait
from bot.world.secrets import mask

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_TOKEN = re.compile(r"[!-~]+")
_LONGEST = 300  # characters of what GitHub says
_DOWNLOAD_HOPS = 5
_CHUNK = 64 * 1024
_LIMITS = ("rate limit", "abuse detection", "submitted too quickly")
_REFUSALS = frozenset({401, 403, 404, 410, 451})
_BAD_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"
# What comes out of the layers below when nobody answers, or half of an answer is missing.
_CUT = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    urllib3.exceptions.HTTPError,
    TimeoutError,
    ConnectionError,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `aim` says it in words, for messages: `GitHub did not {aim}`. Answers of the `accepted` statuses
    are returned as successes are."""

    verb: str
    path: str
    aim: str
    query: Mapping[str, str | int] | None = None
    body: Mapping[str, str] | None = None
    accepted: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub said. The names of the headers are in small letters; `data` is None where it is no JSON."""

    status: int
    headers: Mapping[str, str]
    data: Any


class Wire:
    """Sends requests to the API of one place with one token, each once.

    Raises:
        Refused: there is no token, or it can't be one.
        Rejected: the API's address is none.
    """

    def __init__(self, place: Place, token: str, retries: Retries) -> None:
        self._token = token.strip()
        self._retries = retries
        self._is_open = place.api_url.lower().startswith("http://")
        if not self._token:
            raise Refused("there is no token for GitHub")
        if not _TOKEN.fullmatch(self._token):
            raise Refused("the token for GitHub holds characters that no token has")
        if not _is_address(place.api_url):
            raise Rejected(self._line("the address of GitHub's API is none:", place.api_url))
        self._requester = Github(
            auth=Auth.Token(self._token),
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

    def send(self, request: Request) -> Answer:
        """The answer to a request, which is sent once.

        Raises:
            Setback: it may be repeated.
            ForgeError: it need not.
        """
        if request.verb == "GET":
            status, headers, text = self._transmit(request)
        else:
            with self._retries.writing():
                status, headers, text = self._transmit(request)
        data = _json(text)
        if status in request.accepted and not _is_limit(status, headers, _message(data)):
            return Answer(status, headers, data)
        if status >= 300:
            self._judge(request.aim, Answer(status, headers, data))
        if text and data is None:
            raise Setback(Kind.UNREADABLE, self._failed(request.aim, f"{status}, and no JSON"))
        return Answer(status, headers, data)

    def download(self, location: str, aim: str, limit: int) -> bytes:
        """What lies at an address that the API redirected to, asked for without our token.

        Raises:
            Rejected: it is larger than `limit` bytes, or the address is not safe.
            Setback: it may be repeated, with a new address.
            ForgeError: it need not.
        """
        with requests.Session() as session:
            session.auth = _without_credentials
            try:
                for _hop in range(_DOWNLOAD_HOPS):
                    if not self._is_open and urlsplit(location).scheme != "https":
                        raise Rejected(self._failed(aim, "it redirected to an address without encryption"))
                    with session.get(
                        location,
                        stream=True,
                        allow_redirects=False,
                        timeout=self._retries.attempt_seconds,
                        headers={"Accept-Encoding": "identity", "User-Agent": "proofbot"},
                    ) as response:
                        if not response.is_redirect:
                            return self._body(response, aim, limit)
                        location = urljoin(location, response.headers["location"])
            except _CUT as error:
                raise self._cut(aim, error) from error
            except (OSError, ValueError) as error:
                raise Unavailable(self._failed(aim, type(error).__name__)) from error
        raise Unavailable(self._failed(aim, "it redirected too often"))

    def unreadable(self, aim: str) -> Setback:
        """That an answer does not hold what it should."""
        return Setback(Kind.UNREADABLE, self._failed(aim, "its answer lacks what it should hold"))

    def _transmit(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        aim = request.aim
        try:
            return self._requester.requestJson(
                request.verb, request.path, dict(request.query or {}), dict(_HEADERS), request.body
            )
        except _CUT as error:
            raise self._cut(aim, error) from error
        except (GithubException, AssertionError, RuntimeError, OSError) as error:
            raise Unavailable(self._failed(aim, str(error) or type(error).__name__)) from error
        except (ValueError, TypeError) as error:  # numbers in headers that are none
            raise Setback(Kind.UNREADABLE, self._failed(aim, "its answer can't be read")) from error

    def _judge(self, aim: str, answer: Answer) -> None:
        """Raises what an answer that is no success means."""
        status, headers = answer.status, answer.headers
        message = _message(answer.data)
        words = self._failed(aim, f"{status} {message}")
        if _is_limit(status, headers, message):
            raise Setback(Kind.LIMITED, words, told_wait(headers, time.time()))
        if status >= 500 or status == 408:
            told = told_wait({name: headers[name] for name in ("retry-after", "date") if name in headers}, time.time())
            raise Setback(Kind.FAILED, words, told)
        if status == 409:
            raise Setback(Kind.CONFLICT, words)
        if status in _REFUSALS:
            needed = headers.get("x-accepted-github-permissions", "")
            raise Refused(self._line(words, f"(the token needs {needed})" if status == 403 and needed else ""))
        if status < 400:
            raise Refused(self._line(words, "(it lies elsewhere now)"))
        raise Rejected(words)

    def _body(self, response: requests.Response, aim: str, limit: int) -> bytes:
        status, size = response.status_code, response.headers.get("Content-Length", "")
        if status >= 500 or status in (408, 429):
            raise Setback(Kind.FAILED, self._failed(aim, f"{status} from the storage"))
        if status != 200:
            raise Refused(self._failed(aim, f"{status} from the storage"))
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > limit:
                raise Rejected(self._failed(aim, f"it is larger than {limit:,} bytes"))
        if size.isdecimal() and "Content-Encoding" not in response.headers and int(size) != len(body):
            raise Setback(Kind.FAILED, self._failed(aim, "the storage ended too early"))
        return bytes(body)

    def _cut(self, aim: str, error: Exception) -> Exception:
        """What to raise where there is no answer, or only half of one."""
        if _BAD_CERTIFICATE in str(error):
            reason = "its certificate is not trusted; name that of your authority in REQUESTS_CA_BUNDLE"
            return Unavailable(self._failed(aim, reason))
        return Setback(Kind.FAILED, self._failed(aim, _root(error)))

    def _failed(self, aim: str, reason: str) -> str:
        return self._line(f"GitHub did not {aim}:", reason)

    def _line(self, *parts: str) -> str:
        """One line without secrets."""
        text = " ".join(" ".join(part.split()) for part in parts if part)
        text = "".join(sign for sign in text if sign.isprintable())
        return mask(text.replace(self._token, "***"))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_limit(status: int, headers: Mapping[str, str], message: str) -> bool:
    """Whether we asked too often. GitHub says so by 429, and by 403, which is a plain refusal otherwise."""
    message = message.lower()
    if status != 403 or "not accessible" in message:
        return status == 429
    has_said = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return has_said or any(words in message for words in _LIMITS)


def _message(data: object) -> str:
    """What GitHub says went wrong, with the details it gives."""
    if not isinstance(data, Mapping):
        return ""
    errors = data.get("errors")
    told = [data.get("message")]
    for error in errors if isinstance(errors, list) else [errors]:
        detail = error.get("message") or error.get("code") if isinstance(error, Mapping) else error
        told.append(detail)
    return ": ".join(part for part in told if isinstance(part, str) and part)[:_LONGEST]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _root(error: BaseException) -> str:
    """Why there was no answer, by what happened first: later words repeat the address, and wrap it all up again."""
    while isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        below = error.__cause__ or error.__context__
        if below is None:
            break
        error = below
    return str(error)[:_LONGEST] or type(error).__name__


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from looking for credentials of the host in a file of the user's."""
    return request
