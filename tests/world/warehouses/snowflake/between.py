"""A server between the connector and fakesnow, that lets faults happen: it cuts, holds, refuses, leaves words out."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.fakesnow_server import Served

_HELD_SECONDS = 30.0


class Between:
    """What it does is said by words in the statement: see the sets. It keeps the statements it has seen.

    `instead` says what is passed on for a statement that fakesnow does not know: whoever uses it tests the text alone.
    `warehouses` are those that were named at each login.
    """

    def __init__(self, served: Served) -> None:
        self._served = served
        self._lock = threading.Lock()
        self.seen: list[str] = []
        self.parameters: list[dict[str, object]] = []
        self.cut_once: set[str] = set()
        self.broken: set[str] = set()
        self.refused: dict[str, tuple[int, str]] = {}
        self.refused_once: dict[str, tuple[int, str]] = {}
        self.held: set[str] = set()
        self.holding = threading.Event()
        self.stopped = threading.Event()
        self.logins = 0
        self.warehouses: list[str] = []
        self.instead: Callable[[str], str] | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def answers(self, port: int) -> Served:
        """Where it answers."""
        return Served("127.0.0.1", port)

    def note(self, path: str, body: bytes) -> str:
        """The statement of a request, written down; empty where it is none."""
        if "login-request" in path:
            self.logins += 1
            self.warehouses += parse_qs(urlsplit(path).query).get("warehouse", [""])
        if "abort-request" in path:
            self.stopped.set()
        if "query-request" not in path:
            return ""
        told = json.loads(body)
        sql = str(told.get("sqlText", ""))
        with self._lock:
            self.seen.append(sql)
            self.parameters.append(dict(told.get("parameters") or {}))
        if "system$cancel" in sql:
            self.stopped.set()
        return sql

    def fault(self, sql: str) -> tuple[int, str] | int | None:
        """What happens to a statement: nothing, a refusal (number and words), HTTP's 500, or 0, a cut."""
        with self._lock:
            for word in [word for word in self.cut_once if word in sql]:
                self.cut_once.discard(word)
                return 0
            for word in [word for word in self.refused_once if word in sql]:
                return self.refused_once.pop(word)
        if any(word in sql for word in self.held):
            self.holding.set()
            self.stopped.wait(_HELD_SECONDS)
            return 604, "SQL execution canceled"
        if any(word in sql for word in self.broken):
            return 500
        return next((answer for word, answer in self.refused.items() if word in sql), None)

    def replaced(self, body: bytes) -> bytes:
        """A request with another statement, packed as the connector packs it."""
        told = json.loads(body)
        told["sqlText"] = self.instead(str(told["sqlText"])) if self.instead else told["sqlText"]
        return gzip.compress(json.dumps(told).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        between, served = self, self._served

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
                sql = between.note(self.path, plain)
                fault = between.fault(sql) if sql else None
                if fault == 0:
                    self.close_connection = True
                elif isinstance(fault, int):
                    self._answer(fault, b"{}")
                elif fault:
                    self._answer(200, _refusal(*fault))
                else:
                    self._pass_on(between.replaced(plain) if sql and between.instead else body)

            do_GET = do_POST  # noqa: N815 (the library's name)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
                """Says nothing."""

            def _pass_on(self, body: bytes) -> None:
                with contextlib.closing(http.client.HTTPConnection(served.host, served.port, timeout=30)) as connection:
                    own = ("host", "content-length")
                    headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
                    connection.request(self.command, self.path, body, headers)
                    answer = connection.getresponse()
                    self._answer(answer.status, answer.read())

            def _answer(self, status: int, body: bytes) -> None:
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

        return Handler


@contextlib.contextmanager
def between(served: Served) -> Iterator[tuple[Between, Served]]:
    """A server in between, and where it answers."""
    made = Between(served)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made, made.answers(made.server.server_address[1])
    finally:
        made.stopped.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join(10)


def _refusal(number: int, words: str) -> bytes:
    code = f"{number:06d}"
    return json.dumps(
        {"data": {"errorCode": code, "sqlState": "42501"}, "code": code, "message": words, "success": False}
    ).encode()
