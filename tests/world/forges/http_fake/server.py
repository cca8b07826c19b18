"""Two hosts on this machine: a forge's API, and the storage that it sends those to who want an artifact."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.world.forges.http_fake.answers import Answer
from tests.world.forges.http_fake.asked import Request
from tests.world.forges.http_fake.faults import Fault, Kind, Script
from tests.world.forges.http_fake.listener import Listener, Reply

SIGNED = "sig=signed"  # the query of an address in the storage
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_HTML = {"Content-Type": "text/html"}
_CREDENTIALS = frozenset({"authorization", "private-token", "job-token"})
_PAGE_OF_A_PROXY = (
    b"<html><head><title>Unicorn!</title></head><body>We had issues producing the response.</body></html>"
)


class Server(ABC):
    """Answers for as long as it is open. `lock` guards the state; whoever holds it sees no request half done.

    Args:
        prefix: of the paths of the API.
    """

    def __init__(self, prefix: str) -> None:
        self.lock = threading.RLock()
        self.script = Script()
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.downloads: list[Request] = []
        self._prefix = prefix
        self._closing = threading.Event()
        self._storage = Listener(self._store, self.complaints.append)
        self._api = Listener(self._respond, self.complaints.append)
        self.url = self._api.url
        self.storage_url = self._storage.url

    def close(self) -> None:
        """Lets waiting requests go, and takes no more."""
        self._closing.set()
        for hold in self.script.holds:
            hold.release()
        self._api.close()
        self._storage.close()

    # What each forge says for itself

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """What the forge does and answers. The lock is held."""

    @abstractmethod
    def refusal(self, fault: Fault) -> Answer | None:
        """What the forge says at a fault that stores nothing; None where it is a proxy before it that speaks."""

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """What every answer carries."""

    @abstractmethod
    def archive(self, number: int) -> bytes | None:
        """What the storage keeps under a number. The lock is held."""

    def answer_elsewhere(self, request: Request) -> Answer | None:  # noqa: ARG002 (most have nothing elsewhere)
        """What is answered at a path that is not of the API; None where there is nothing."""
        return None

    # What is alike

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        parts = urlsplit(target)
        request = Request(method, parts.path, parts.query, headers, body)
        with self.lock:
            self.requests.append(request)
            elsewhere = self.answer_elsewhere(request)
        if elsewhere is not None:
            return self._reply(request, elsewhere)
        if not parts.path.startswith(f"{self._prefix}/"):
            self.complaints.append(f"{method} {parts.path}: the API lies below {self._prefix}")
            return self._reply(request, Answer(404, {"message": "Not Found"}))
        request.path = parts.path.removeprefix(self._prefix)
        self.script.run_hooks(request, is_after=False)
        fault = self.script.fault_for(request)
        if fault is None:
            return self._done(request)
        return self._stored(request, fault) if fault.kind.is_stored else self._not_stored(request, fault)

    def _done(self, request: Request) -> Reply:
        with self.lock:
            reply = self._reply(request, self.answer(request))
        self.script.run_hooks(request, is_after=True)
        return reply

    def _stored(self, request: Request, fault: Fault) -> Reply | None:
        """The request is done, and something is wrong with its answer."""
        if fault.kind is Kind.SLOW:
            self._closing.wait(fault.seconds)
        reply = self._done(request)
        if fault.kind is Kind.STORED_LATE:
            self._closing.wait(fault.seconds)
        if fault.kind is Kind.STORED_HALF:
            return Reply(reply.status, reply.headers, reply.body, is_halved=True)
        if fault.kind is Kind.STORED_CUT:
            request.status = 0
            return None
        if fault.kind in (Kind.STORED_BAD_GATEWAY, Kind.STORED_GARBAGE):
            request.status = fault.kind.status
            return Reply(request.status, _HTML, _PAGE_OF_A_PROXY)
        return reply

    def _not_stored(self, request: Request, fault: Fault) -> Reply | None:
        """Nothing is done about the request."""
        if fault.kind is Kind.CUT:
            return None
        answer = self.refusal(fault)
        if answer is not None:
            return self._reply(request, answer)
        request.status = fault.kind.status
        return Reply(request.status, {**_HTML, **fault.wait}, _PAGE_OF_A_PROXY)

    def _reply(self, request: Request, answer: Answer) -> Reply:
        request.status = answer.status
        body, kind = b"", {}
        if isinstance(answer.body, bytes):
            body, kind = answer.body, {"Content-Type": "text/plain"}
        elif answer.body is not None:
            body, kind = json.dumps(answer.body).encode(), _JSON
        return Reply(answer.status, {**kind, **self.headers(), **answer.headers}, body)

    def _store(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """The storage: a signed address is all that it wants, and a token for the forge is none of its business."""
        parts = urlsplit(target)
        request = Request(method, parts.path, parts.query, headers, body)
        self.downloads.append(request)
        self.script.run_hooks(request, is_after=False)
        fault = self.script.fault_for(request)
        if fault is not None and not fault.kind.is_stored:
            return self._not_stored(request, fault)
        reply = self._stored_artifact(request)
        return Reply(reply.status, reply.headers, reply.body, is_halved=fault is not None)

    def _stored_artifact(self, request: Request) -> Reply:
        if _CREDENTIALS & set(request.headers):
            self.complaints.append(f"{request.method} {request.path}: a token for the forge was sent to another host")
            request.status = 403
        elif request.method != "GET" or request.query != SIGNED:
            request.status = 403
        else:
            with self.lock:
                content = self.archive(int(request.path.rsplit("/", 1)[-1]))
            if content is not None:
                request.status = 200
                return Reply(200, {"Content-Type": "application/zip"}, content)
            request.status = 404
        return Reply(request.status, {"Content-Type": "application/xml"}, b"<Error/>")
