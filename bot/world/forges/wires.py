"""What is alike in talking to any forge over HTTP: one request, what is to be thought of its answer, and asking again.

How a request is carried, and how a forge says what went wrong, is each forge's own.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from bot.domain import Place
from bot.world.forges.contract import Refused, Rejected, Unavailable
from bot.world.forges.retries import Kind, Retries, Setback, told_wait
from bot.world.secrets import mask

_T = TypeVar("_T")
_TOKEN = re.compile(r"[!-~]+")
_PAGE = 100
_LONGEST = 300  # characters of what a forge says
_DOWNLOAD_HOPS = 5
_CHUNK = 64 * 1024
_REFUSALS = frozenset({401, 403, 404, 410, 451})
_BAD_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"
# What comes out of the layers below when nobody answers, or half of an answer is missing.
CUT = (
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
    query: Mapping[str, str | int | tuple[str, ...]] | None = None
    body: Mapping[str, str | int | bool] | None = None
    accepted: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a forge said. The names of the headers are in small letters; `data` is None where it is no JSON."""

    status: int
    headers: Mapping[str, str]
    data: Any


class Wire:
    """Sends requests to the API of one place with one token, each once, unless it is to `ask`.

    A forge's own wire says how a request is carried, and reads what the forge says went wrong.

    Args:
        name: of the forge, for messages.

    Raises:
        Refused: there is no token, or it can't be one.
        Rejected: the API's address is none.
    """

    conflict = Kind.CONFLICT  # how a 409 is met
    trust = "name that of your authority in REQUESTS_CA_BUNDLE"  # what to do about a certificate of one's own

    def __init__(self, name: str, place: Place, token: str, retries: Retries) -> None:
        self.token = token.strip()
        self.retries = retries
        self._name = name
        self._is_open = place.api_url.lower().startswith("http://")
        if not self.token:
            raise Refused(f"there is no token for {name}")
        if not _TOKEN.fullmatch(self.token):
            raise Refused(f"the token for {name} holds characters that no token has")
        if not _is_address(place.api_url):
            raise self.no_address(place)

    def no_address(self, place: Place) -> Rejected:
        """That what the place names is not where an API is."""
        return Rejected(self._line(f"the address of {self._name}'s API is none:", place.api_url))

    def transmit(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        """Carries a request: the status, the headers with their names in small letters, and the text of its answer.

        Raises:
            Setback: it may be repeated.
            ForgeError: it need not.
        """
        raise NotImplementedError

    def message(self, data: object) -> str:
        """What the forge says went wrong."""
        raise NotImplementedError

    def is_limit(self, status: int, headers: Mapping[str, str], message: str) -> bool:  # noqa: ARG002 (forges differ)
        """Whether we asked too often."""
        return status == 429

    def hint(self, status: int, headers: Mapping[str, str]) -> str:  # noqa: ARG002 (forges differ)
        """What the forge lets us know of a refusal beside its words; empty where it is nothing."""
        return ""

    def is_last_page(self, headers: Mapping[str, str], rows: int) -> bool:
        """Whether a page with so many rows is the last."""
        raise NotImplementedError

    def ask(self, request: Request, read: Callable[[Answer], _T], look: Callable[[], _T | None] | None = None) -> _T:
        """What an answer says, asked for until there is one.

        Args:
            read: what the answer means.
            look: looks for what an attempt may have done that seems to have failed; see `Retries.until_done`.
        """

        def attempt() -> _T:
            answer = self.send(request)
            try:
                return read(answer)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise self.unreadable(request.aim) from error

        return self.retries.until_done(attempt, look)

    def pages(self, request: Request, read: Callable[[Any], _T], inside: str = "") -> Iterator[_T]:
        """What stands on all pages. They are counted: the addresses that a forge names may be those of another host.

        Args:
            inside: under which name the rows of a page lie; empty where they are the page.
        """

        def page_of(answer: Answer) -> tuple[list[Any], list[_T], bool]:
            rows = answer.data[inside] if inside else answer.data
            if not isinstance(rows, list):
                raise TypeError(rows)
            return rows, [read(row) for row in rows], self.is_last_page(answer.headers, len(rows))

        page, before = 1, None
        while True:
            query = {**(request.query or {}), "per_page": _PAGE, "page": page}
            rows, found, is_last = self.ask(replace(request, query=query), page_of)
            if rows and rows == before:
                raise Unavailable(self._failed(request.aim, "it shows the same page again and again"))
            yield from found
            if is_last:
                return
            page, before = page + 1, rows

    def send(self, request: Request) -> Answer:
        """The answer to a request, which is sent once.

        Raises:
            Setback: it may be repeated.
            ForgeError: it need not.
        """
        if request.verb == "GET":
            status, headers, text = self.transmit(request)
        else:
            with self.retries.writing():
                status, headers, text = self.transmit(request)
        answer = Answer(status, headers, _json(text))
        if status in request.accepted and not self.is_limit(status, headers, self.message(answer.data)):
            return answer
        if status >= 300:
            self.judge(request.aim, answer)
        if text and answer.data is None:
            raise Setback(Kind.UNREADABLE, self._failed(request.aim, f"{status}, and no JSON"))
        return answer

    def judge(self, aim: str, answer: Answer) -> NoReturn:
        """Raises what an answer that is no success means."""
        status, headers = answer.status, answer.headers
        message = self.message(answer.data)[:_LONGEST]
        words = self._failed(aim, f"{status} {message.removeprefix(f'{status} ')}")
        if self.is_limit(status, headers, message):
            raise Setback(Kind.LIMITED, words, told_wait(headers, time.time()))
        if status >= 500 or status == 408:
            told = told_wait({name: headers[name] for name in ("retry-after", "date") if name in headers}, time.time())
            raise Setback(Kind.FAILED, words, told)
        if status == 409:
            raise Setback(self.conflict, words)
        if status in _REFUSALS:
            raise Refused(self._line(words, self.hint(status, headers)))
        if status < 400:
            raise Refused(self._line(words, "(it lies elsewhere now)"))
        raise Rejected(words)

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
                        timeout=self.retries.attempt_seconds,
                        headers={"Accept-Encoding": "identity", "User-Agent": "proofbot"},
                    ) as response:
                        if not response.is_redirect:
                            return self.body(response, aim, limit)
                        location = urljoin(location, response.headers["location"])
            except CUT as error:
                raise self.cut(aim, error) from error
            except (OSError, ValueError) as error:
                raise Unavailable(self._failed(aim, type(error).__name__)) from error
        raise Unavailable(self._failed(aim, "it redirected too often"))

    def body(self, response: requests.Response, aim: str, limit: int) -> bytes:
        """What an answer of a storage holds.

        Raises:
            Rejected: it is larger than `limit` bytes.
            Setback: it may be repeated.
            ForgeError: it need not.
        """
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

    def cut(self, aim: str, error: Exception) -> Exception:
        """What to raise where there is no answer, or only half of one."""
        if _BAD_CERTIFICATE in str(error):
            return Unavailable(self._failed(aim, f"its certificate is not trusted; {self.trust}"))
        root = _root(error)
        if isinstance(root, socket.gaierror) and root.errno == socket.EAI_NONAME:
            return Setback(Kind.NOBODY, self._failed(aim, "there is no host of its name; look at the address"))
        return Setback(Kind.FAILED, self._failed(aim, str(root)[:_LONGEST] or type(root).__name__))

    def broken(self, aim: str, error: Exception) -> Unavailable:
        """That a request could not even be sent."""
        return Unavailable(self._failed(aim, str(error) or type(error).__name__))

    def unreadable(self, aim: str, reason: str = "its answer lacks what it should hold") -> Setback:
        """That an answer does not hold what it should."""
        return Setback(Kind.UNREADABLE, self._failed(aim, reason))

    def _failed(self, aim: str, reason: str) -> str:
        return self._line(f"{self._name} did not {aim}:", reason)

    def _line(self, *parts: str) -> str:
        """One line without secrets."""
        text = " ".join(" ".join(part.split()) for part in parts if part)
        text = "".join(sign for sign in text if sign.isprintable())
        return mask(text.replace(self.token, "***") if self.token else text)


def text_of(told: object) -> str:
    """A text that must be one.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(told, str):
        raise TypeError(told)
    return told


def nothing(_answer: Answer) -> None:
    """The answer says nothing that we need."""


def cut_to(longest: int, description: str) -> str:
    """At most so many characters."""
    return description if len(description) <= longest else f"{description[: longest - 1]}…"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _root(error: BaseException) -> BaseException:
    """Why there was no answer, by what happened first: later words repeat the address, and wrap it all up again."""
    while isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        below = error.__cause__ or error.__context__
        if below is None:
            break
        error = below
    return error


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from looking for credentials of the host in a file of the user's."""
    return request
