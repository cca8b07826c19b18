"""What stands between proofbot and Postgres, and counts what comes back: no driver can hide a row from it."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.postgres_server import Database

_OURS = b"application_name\0proofbot"
_HEADER = 5  # a letter, and the length of what follows with itself
_ROWS = b"Dd"  # of a query, of a copy
_READY = ord("Z")


@dataclass
class Counted:
    """What came back to proofbot's own connections, dbt's left out: all `bytes`, and the most `rows` of one answer."""

    bytes: int = 0
    rows: int = 0
    connections: int = 0


@contextlib.contextmanager
def counting(database: Database) -> Iterator[tuple[Database, Counted]]:
    """The same database by another door, and what comes through that."""
    counted, lock = Counted(), threading.Lock()
    with tempfile.TemporaryDirectory(prefix="wire-") as folder, socket.socket(socket.AF_UNIX) as door:
        door.bind(str(Path(folder) / f".s.PGSQL.{database.port}"))
        door.listen(32)

        def serve() -> None:
            with contextlib.suppress(OSError):  # closed at the end
                while True:
                    client = door.accept()[0]
                    threading.Thread(target=_relay, args=(client, database, counted, lock), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield replace(database, host=folder), counted
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)


def _relay(client: socket.socket, database: Database, counted: Counted, lock: threading.Lock) -> None:
    with client, _reached(database) as server, contextlib.suppress(OSError):
        first = client.recv(1 << 16)
        server.sendall(first)
        asking = threading.Thread(target=_pass_on, args=(client, server), daemon=True)
        asking.start()
        counter = _Counter(counted, lock) if _OURS in first else None
        while told := server.recv(1 << 16):
            if counter is not None:
                counter.take(told)
            client.sendall(told)
        client.shutdown(socket.SHUT_RDWR)
        asking.join()


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while asked := client.recv(1 << 16):
            server.sendall(asked)
        server.shutdown(socket.SHUT_WR)


def _reached(database: Database) -> socket.socket:
    if not database.host.startswith("/"):
        return socket.create_connection((database.host, database.port))
    made = socket.socket(socket.AF_UNIX)
    made.connect(f"{database.host}/.s.PGSQL.{database.port}")
    return made


class _Counter:
    """Reads the messages of one connection."""

    def __init__(self, counted: Counted, lock: threading.Lock) -> None:
        self._counted, self._lock = counted, lock
        self._unread = b""
        self._to_pass = 0  # of the message that is being read
        self._rows = 0
        with lock:
            counted.connections += 1

    def take(self, told: bytes) -> None:
        """Counts what came."""
        with self._lock:
            self._counted.bytes += len(told)
        while told:
            if self._to_pass:
                passed = min(self._to_pass, len(told))
                self._to_pass, told = self._to_pass - passed, told[passed:]
                continue
            self._unread, told = self._unread + told[: _HEADER - len(self._unread)], told[_HEADER - len(self._unread) :]
            if len(self._unread) == _HEADER:
                self._note(self._unread[0])
                self._to_pass, self._unread = int.from_bytes(self._unread[1:], "big") - 4, b""

    def _note(self, letter: int) -> None:
        if letter in _ROWS:
            self._rows += 1
        elif letter == _READY:
            with self._lock:
                self._counted.rows = max(self._counted.rows, self._rows)
            self._rows = 0
