"""One request to GitLab's API, and what GitLab means by its answer.

python-gitlab carries the request. Its own objects are left aside: what it raises has no headers, so that nobody knows
how long GitLab wants us to wait, and its repetitions know nothing of what a request that seemed to fail has stored.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urljoin

import gitlab
import requests
import urllib3

from bot.domain import Place
from bot.world.forges import wires
from bot.world.forges.retries import Kind, Retries, Setback
from bot.world.forges.wires import Answer, Request

_API = "/api/v4"
_PAGE = 100
WHAT_TO_MAKE = (
    "make a project access token with the role Developer and the scope `api`, and store it as the CI/CD variable "
    "PROOFBOT_GITLAB_TOKEN, masked and not protected"
)


class Wire(wires.Wire):
    """Sends requests to the API of one place with one token, each once.

    Args:
        is_job_token: the token is a job's own, CI_JOB_TOKEN.
        ca_file: a file with the certificates of who vouches for this GitLab, as CI_SERVER_TLS_CA_FILE names it. They
            are trusted beside those that are trusted anyway, or are named in REQUESTS_CA_BUNDLE.

    Raises:
        Refused: there is no token, or it can't be one.
        Rejected: the API's address is none.
    """

    trust = (
        "name that of your authority in REQUESTS_CA_BUNDLE, or as `tls-ca-file` of the runner, which sets "
        "CI_SERVER_TLS_CA_FILE"
    )
    conflict = Kind.LOCKED  # a pipeline is locked while GitLab counts its statuses

    def __init__(
        self, place: Place, token: str, retries: Retries, *, is_job_token: bool = False, ca_file: str | None = None
    ) -> None:
        super().__init__("GitLab", place, token, retries)
        if not place.api_url.endswith(_API):
            raise self.no_address(place)
        self._is_job_token = is_job_token
        self._session = _Session()
        if ca_file:
            self._session.mount("https://", _Trusting(ca_file))
        self._gitlab = gitlab.Gitlab(
            place.api_url.removesuffix(_API),
            timeout=retries.attempt_seconds,
            user_agent="proofbot",
            private_token=None if is_job_token else self.token,
            job_token=self.token if is_job_token else None,
            session=self._session,
        )

    def transmit(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        """Carries a request."""
        with self._carried(request) as response:
            return response.status_code, _headers(response), response.text

    def fetch(self, request: Request, limit: int) -> bytes:
        """What a request gets that is answered by a file, or by the address of one.

        Raises:
            Rejected: it is larger than `limit` bytes.
            Setback: it may be repeated.
            ForgeError: it need not.
        """
        with self._carried(request, is_stream=True) as response:
            status = response.status_code
            if response.is_redirect:
                location = urljoin(response.url, response.headers["location"])
            elif status == 200:
                return self.body(response, request.aim, limit)
            else:
                self.judge(request.aim, Answer(status, _headers(response), None))
        return self.download(location, request.aim, limit)

    def message(self, data: object) -> str:
        """What GitLab says went wrong: a text, or texts by what they are about, in one of three fields."""
        if not isinstance(data, Mapping):
            return ""
        return ": ".join(dict.fromkeys(_told([data.get(name) for name in ("message", "error", "error_description")])))

    def hint(self, status: int, headers: Mapping[str, str]) -> str:  # noqa: ARG002 (GitLab's headers say nothing)
        """What a refusal may mean."""
        if self._is_job_token:
            return f"(CI_JOB_TOKEN may only read; {WHAT_TO_MAKE})"
        return "(what a token may not see is not found)" if status == 404 else ""

    def is_last_page(self, headers: Mapping[str, str], rows: int) -> bool:
        """Whether a page is the last. Its header may have been dropped by a proxy."""
        return not headers["x-next-page"].strip() if "x-next-page" in headers else rows < _PAGE

    @contextmanager
    def _carried(self, request: Request, *, is_stream: bool = False) -> Iterator[requests.Response]:
        """The answer as it is, whatever its status; what goes wrong while it is read is a setback, too."""
        aim = request.aim
        try:
            with self._send(request, is_stream=is_stream) as response:
                yield response
        except wires.CUT as error:
            raise self.cut(aim, error) from error
        except (gitlab.exceptions.GitlabError, requests.RequestException, OSError) as error:
            raise self.broken(aim, error) from error

    def _send(self, request: Request, *, is_stream: bool) -> requests.Response:
        self._session.heard = None
        try:
            self._gitlab.http_request(
                request.verb.lower(),
                request.path,
                query_data=dict(request.query or {}),
                post_data=dict(request.body) if request.body is not None else None,
                streamed=is_stream,
                obey_rate_limit=False,
                max_retries=0,
            )
        except gitlab.exceptions.GitlabHttpError:
            pass  # what it says stands in the answer, and more
        except gitlab.exceptions.GitlabAuthenticationError:
            pass
        if self._session.heard is None:
            raise Setback(Kind.FAILED, self._failed(request.aim, "there was no answer"))
        return self._session.heard


class _Session(requests.Session):
    """Keeps the last answer, follows no redirect, and takes no token to another host by one. No file of the user's
    holds credentials for it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: requests.Response | None = None

    def request(self, *given: Any, **named: Any) -> requests.Response:
        """See `requests.Session`."""
        self.heard = super().request(*given, **{**named, "allow_redirects": False})
        return self.heard


class _Trusting(requests.adapters.HTTPAdapter):
    """Trusts whom a file names beside all others. The runner names in it who vouches for its GitLab, and nobody else:
    alone it would not do where a proxy of the company's stands in between."""

    def __init__(self, ca_file: str) -> None:
        self._context = urllib3.util.ssl_.create_urllib3_context()
        self._context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the runner may name no root
        with suppress(OSError):  # if it takes the file, the certificate is not trusted, and that is told
            self._context.load_verify_locations(ca_file)
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """See `requests.adapters.HTTPAdapter`, which adds the others."""
        super().init_poolmanager(*given, **named, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **named: Any) -> urllib3.PoolManager:
        """See `requests.adapters.HTTPAdapter`."""
        manager: urllib3.PoolManager = super().proxy_manager_for(proxy, **named, ssl_context=self._context)
        return manager


def _headers(response: requests.Response) -> dict[str, str]:
    """With their names in small letters. GitLab calls its limits as others do, but for an X in front."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    for name in ("ratelimit-remaining", "ratelimit-reset"):
        if name in headers:
            headers.setdefault(f"x-{name}", headers[name])
    return headers


def _told(parts: object) -> Iterator[str]:
    if isinstance(parts, str) and parts:
        yield parts
    elif isinstance(parts, Mapping):
        for name, inner in parts.items():
            yield from (f"{name} {told}" if name != "base" else told for told in _told(inner))
    elif isinstance(parts, list):
        for inner in parts:
            yield from _told(inner)
