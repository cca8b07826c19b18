"""A server over real HTTP that does what a script says."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Server(http.server.ThreadingHTTPServer):
    """Answers each path as its script says, and keeps what it was asked (verb, path, headers).

    A script holds bytes to answer, an address to redirect to, `cut` or `slow`, in order.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: dict[str, list[object]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.release = threading.Event()

    def url(self, host: str = "127.0.0.1") -> str:
        """Its address, without a path."""
        return f"http://{host}:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, path, dict(self.headers)))
        what = self.server.script[path].pop(0)
        if what == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif what == "slow":
            self.server.release.wait(20)
        elif isinstance(what, str):
            self._say(302, b"", {"Location": what})
        elif isinstance(what, bytes):
            self._say(200, what, {"Content-Type": "application/json; charset=utf-8"})

    do_GET = do_POST = _answer  # noqa: N815

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


@contextmanager
def served() -> Iterator[Server]:
    """A server that runs until the test is over."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.release.set()
            server.shutdown()
            thread.join()
