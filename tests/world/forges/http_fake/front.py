"""A fake as tests hold it: what it was asked, what goes wrong, and what no client should have sent."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from tests.world.forges.http_fake.asked import Request
from tests.world.forges.http_fake.faults import Fault, Hold, Hook, Kind
from tests.world.forges.http_fake.server import Server

# As the `times` of a fault or a hook: every such request.
ALWAYS = 1_000_000


class FaultDetails(TypedDict, total=False):
    """How often a fault happens, after how many requests that went well, and what the answer tells of waiting."""

    times: int
    skip: int
    seconds: float
    retry_after: int | None


class Front:
    """A forge with one repository, reachable over HTTP until it is closed."""

    def __init__(self, server: Server, repository: str, prefix: str) -> None:
        self._front_server = server
        self.repository = repository
        self.api_url = server.url + prefix
        # What no client should ever have sent. A test fails at its end for what stands here.
        self.complaints = server.complaints
        # All requests to the API, and to the storage of artifacts.
        self.requests = server.requests
        self.downloads = server.downloads

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._front_server.close()

    def credentials(self, token: str) -> dict[str, str]:
        """The header that carries a token."""
        return {"Authorization": f"Bearer {token}"}

    def sent(self, method: str = "*", pattern: str = "*") -> list[Request]:
        """The requests to the API of this kind, in the order in which they came."""
        return [one for one in list(self.requests) if method in ("*", one.method) and fnmatchcase(one.path, pattern)]

    def fail(self, method: str, pattern: str, kind: Kind, **details: Unpack[FaultDetails]) -> None:
        """The next requests of this kind meet a fault: one, or `times` of them, after `skip` that go well."""
        self._front_server.script.add(Fault(kind, method, pattern, **details))

    def before(self, method: str, pattern: str, call: Callable[[Request], Any], times: int = 1) -> None:
        """Calls something when such a request comes, before it takes effect. It may itself send requests."""
        self._front_server.script.add_hook(Hook(method, pattern, call, times), is_after=False)

    def after(self, method: str, pattern: str, call: Callable[[Request], Any], times: int = 1) -> None:
        """Calls something when such a request has taken effect, before it is answered."""
        self._front_server.script.add_hook(Hook(method, pattern, call, times), is_after=True)

    def hold(self, method: str, pattern: str, times: int = 1) -> Hold:
        """Makes such requests wait, before they take effect, until the test lets them in."""
        hold = Hold()
        self._front_server.script.holds.append(hold)
        self.before(method, pattern, hold.stop, times)
        return hold

    def check(self) -> None:
        """Fails for what no client should ever have sent. Called at the end of every test that uses the fixture."""
        assert not self.complaints, "sent to the forge, and never should be:\n" + "\n".join(self.complaints)


def sha(text: str) -> str:
    """What looks like a commit, or a token, and is the same for the same text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def packed(content: bytes | Mapping[str, str | bytes]) -> bytes:
    """An archive: as it is, or of the files that are to be in it."""
    if isinstance(content, bytes):
        return content
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in content.items():
            archive.writestr(name, file)
    return whole.getvalue()
