"""Speaks HTTP on a free port of this machine."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Respond = Callable[[str, str, Mapping[str, str], bytes], "Reply | None"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes over the wire; of a reply that `is_halved`, only the first half of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_halved: bool = False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, respond: Respond, complain: Callable[[str], None]) -> None:
        self.respond = respond
        self._complain = complain
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nothing to talk about; anything else is a fault of the fake."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self._complain(f"the fake failed over a request ({request}, {client_address}): {error!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: two would wait for one another
    timeout = 60
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.respond(self.command, self.path, headers, body)
        if reply is None:
            self._cut()
            return
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_halved else reply.body)
        self.wfile.flush()
        if reply.is_halved:
            self._cut()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the tests look at the requests themselves."""


class Listener:
    """Answers requests in threads of its own, from the moment it is made until it is closed."""

    def __init__(self, respond: Respond, complain: Callable[[str], None]) -> None:
        self._server = _Server(respond, complain)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Takes no more requests."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
