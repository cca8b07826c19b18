"""Where production's manifest.json is fetched: from a folder, or from an address such as dbt Cloud's API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.parse import urljoin, urlsplit

import requests

from bot.errors import EnvironmentFailure, UsageError

FILE = "manifest.json"
_MOST_BYTES = 1 << 30
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 15.0
_READ_SECONDS = 60.0
_ALL_SECONDS = 600.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_BLOCK = 1 << 20
_Authorize = Callable[[requests.PreparedRequest], requests.PreparedRequest]


def is_address(place: str) -> bool:
    """Whether a place is an address, and no path."""
    return "://" in place


def shown(place: str) -> str:
    """A place for messages: of an address neither the query nor what stands before the host, which may be secrets."""
    if not is_address(place):
        return place
    scheme, _, rest = place.partition("://")
    rest = rest.partition("?")[0].partition("#")[0]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def file_of(path: Path) -> Path:
    """The manifest.json that a path names: a file, or a folder that it lies in."""
    return path / FILE if path.is_dir() else path


def load(path: Path) -> tuple[bytes, object]:
    """Reads a manifest.json from a disk.

    Args:
        path: of the file, or of the folder that it lies in.

    Returns:
        its bytes, and what they say in JSON.

    Raises:
        UsageError: there is none, or it is no JSON.
    """
    file = file_of(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the state of production cannot be read: {error.strerror or error}",
            where=str(file),
            remedy="Leave the manifest.json of the deployment there before, or name its folder by `--state`.",
        ) from None
    return content, _read(content, str(file))


def fetch(address: str, token: str | None, most_bytes: int = _MOST_BYTES) -> tuple[bytes, object]:
    """Fetches a manifest.json. The token goes to the host that the address names, and to no other.

    Args:
        address: https; http only on this machine.
        token: sent as `Bearer`, unless it names its own scheme (`Token abc`).
        most_bytes: that are read.

    Returns:
        its bytes, and what they say in JSON.

    Raises:
        UsageError: the address is none, is not https, or what is there is no JSON.
        EnvironmentFailure: it cannot be reached, refuses, or sends too much.
    """
    first, where = _checked(address), shown(address)
    ends = monotonic() + _ALL_SECONDS
    with requests.Session() as session:
        for _ in range(_MOST_REDIRECTS):
            goes = token if _host(address) == _host(first) else None
            try:
                with session.get(
                    address,
                    auth=_authorized(goes),
                    headers={"Accept": "application/json"},
                    timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    if answer.is_redirect:
                        address = _checked(urljoin(address, answer.headers["Location"]))
                        continue
                    _judge(answer.status_code, where, has_token=token is not None)
                    content = _content(answer, where, most_bytes, ends)
            except (requests.RequestException, UnicodeError) as error:
                raise _unreachable(where, type(error).__name__) from None
            return content, _read(content, where)
    raise _unreachable(where, f"it redirects more than {_MOST_REDIRECTS} times")


def _content(answer: requests.Response, where: str, most_bytes: int, ends: float) -> bytes:
    blocks, size = [], 0
    for block in answer.iter_content(_BLOCK):
        blocks.append(block)
        size += len(block)
        if size > most_bytes:
            raise EnvironmentFailure(
                f"the state of production is larger than {most_bytes:,} bytes",
                where=where,
                remedy="Name the address of a manifest.json.",
            )
        if monotonic() > ends:
            raise _unreachable(where, f"it took more than {_ALL_SECONDS:.0f} seconds")
    return b"".join(blocks)


def _judge(status: int, where: str, *, has_token: bool) -> None:
    if status == 200:
        return
    if status in (401, 403, 404):
        hint = "Check that the token may read it" if has_token else "Name the variable of a token by `token_env`"
        raise EnvironmentFailure(
            f"the state of production was refused: HTTP {status}", where=where, remedy=f"{hint}, and check the address."
        )
    raise EnvironmentFailure(
        f"the state of production could not be fetched: HTTP {status}",
        where=where,
        remedy="Try again later, or fetch it before and name its folder by `--state`.",
    )


def _unreachable(where: str, words: str) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"the state of production could not be fetched: {words}",
        where=where,
        remedy="Check the address and the network, or fetch it before and name its folder by `--state`.",
    )


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
        parts = urlsplit("")
    is_open = parts.scheme == "http" and host in _LOOPBACK
    if not host or (parts.scheme != "https" and not is_open) or parts.username or parts.password:
        raise UsageError(
            "the address of production's state is refused: it must be https, without a user or a password in it",
            where=shown(address),
            remedy="Name it as `https://host/path/manifest.json`; `token_env` names the variable of a token.",
        )
    return address


def _host(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def _authorized(token: str | None) -> _Authorize:
    """Sends the token, or nothing: requests would take what a .netrc says otherwise."""

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if token is not None:
            request.headers["Authorization"] = token if " " in token else f"Bearer {token}"
        return request

    return authorize


def _read(content: bytes, where: str) -> object:
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError):
        raise UsageError(
            "the state of production is no JSON",
            where=where,
            remedy="Name the manifest.json that dbt leaves in `target` when production is built, or its folder.",
        ) from None
    return document
