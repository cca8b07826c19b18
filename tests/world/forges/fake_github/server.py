"""Two hosts on this machine: GitHub's API, and the storage that it sends those to who want an artifact."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.world.forges.fake_github import door
from tests.world.forges.fake_github.asked import Request
from tests.world.forges.fake_github.faults import Fault, Kind, Script
from tests.world.forges.fake_github.listener import Listener, Reply
from tests.world.forges.fake_github.routes import Answer
from tests.world.forges.fake_github.state import State

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_HTML = {"Content-Type": "text/html"}
_PAGE_OF_A_PROXY = (
    b"<html><head><title>Unicorn!</title></head><body>We had issues producing the response.</body></html>"
)


class Server:
    """Answers for as long as it is open. `lock` guards the state; whoever holds it sees no request half done."""

    def __init__(self, repository: str, prefix: str) -> None:
        self.lock = threading.RLock()
        self.script = Script()
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.downloads: list[Request] = []
        self._prefix = prefix
        self._closing = threading.Event()
        self._request_numbers = itertools.count(1)
        self._storage = Listener(self._store, self.complaints.append)
        self._api = Listener(self._respond, self.complaints.append)
        self.state = State(repository, self._api.url, self._api.url + prefix, self._storage.url)

    def close(self) -> None:
        """Lets waiting requests go, and takes no more."""
        self._closing.set()
        for hold in self.script.holds:
            hold.release()
        self._api.close()
        self._storage.close()

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        parts = urlsplit(target)
        request = Request(method, parts.path, parts.query, headers, body)
        with self.lock:
            self.requests.append(request)
        if parts.path == f"{self._prefix.removesuffix('/v3')}/graphql":
            with self.lock:
                return self._reply(request, door.answer_about_viewer(self.state, request))
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
            reply = self._reply(request, door.answer(self.state, request, self.complaints.append))
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
            request.status = fault.kind.value[0]
            return Reply(request.status, _HTML, _PAGE_OF_A_PROXY)
        return reply

    def _not_stored(self, request: Request, fault: Fault) -> Reply | None:
        """Nothing is done about the request."""
        if fault.kind is Kind.CUT:
            return None
        status, message = fault.kind.value
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.kind is Kind.PRIMARY:
            reset = int(time.time()) + (fault.retry_after or 0)
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        if not message:
            request.status = status
            return Reply(status, {**_HTML, **headers}, _PAGE_OF_A_PROXY)
        return self._reply(request, Answer(status, {"message": message}, headers))

    def _reply(self, request: Request, answer: Answer) -> Reply:
        request.status = answer.status
        limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-RateLimit-Used": "1"}
        limits["X-RateLimit-Reset"] = str(int(time.time()) + 3600)
        headers = {"X-GitHub-Request-Id": f"{next(self._request_numbers):04X}", **limits, **answer.headers}
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        return Reply(answer.status, {**(_JSON if body else {}), **headers}, body)

    def _store(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """The storage: a signed address is all that it wants, and a token for GitHub is none of its business."""
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
        if "authorization" in request.headers:
            self.complaints.append(f"{request.method} {request.path}: a token for GitHub was sent to another host")
            request.status = 403
        elif request.method != "GET" or request.query != "sig=signed":
            request.status = 403
        else:
            with self.lock:
                artifact = self.state.artifacts.get(int(request.path.rsplit("/", 1)[-1]))
            if artifact is not None:
                request.status = 200
                return Reply(200, {"Content-Type": "application/zip"}, artifact.content)
            request.status = 404
        return Reply(request.status, {"Content-Type": "application/xml"}, b"<Error/>")
