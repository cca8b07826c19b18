"""fakesnow for the tests: it is asked as Snowflake is, over its wire protocol, by the real connector.

It runs from a virtual environment of its own, because of what it pins: `.venv-fakesnow`, or wherever
PROOFBOT_TEST_FAKESNOW says that its program is. Without it, tests fail and say so.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_NAMED = "PROOFBOT_TEST_FAKESNOW"
_USUAL = Path(__file__).parents[1] / ".venv-fakesnow" / "bin" / "fakesnow"
_START_SECONDS = 60.0
_PAUSE_SECONDS = 0.05
# An unsupported statement is answered by HTTP 500, and then the connector tries again for minutes, unless told so.
_NETWORK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Served:
    """Where fakesnow answers."""

    host: str
    port: int

    def parameters(self) -> dict[str, object]:
        """What `snowflake.connector.connect` takes."""
        return {
            "account": "fakesnow",
            "user": "fake",
            "password": "snow",
            "host": self.host,
            "port": self.port,
            "protocol": "http",
            "network_timeout": _NETWORK_SECONDS,
            "login_timeout": _NETWORK_SECONDS,
        }

    def output(self, database: str = "analytics", schema: str = "ci", threads: int = 2) -> dict[str, object]:
        """A target of dbt-snowflake, as it stands in profiles.yml."""
        return {
            "type": "snowflake",
            "account": "fakesnow",
            "user": "fake",
            "password": "snow",
            "host": self.host,
            "port": self.port,
            "protocol": "http",
            "database": database,
            "schema": schema,
            "threads": threads,
        }


@contextlib.contextmanager
def serve() -> Iterator[Served]:
    """A server of its own with nothing in it, on this machine alone; gone at the end."""
    served = Served("127.0.0.1", _free_port())
    command = [str(_program()), "-s", "-p", str(served.port)]
    # A file and no pipe: nobody reads what it says of each statement that it refuses, and a pipe would be full.
    with (
        tempfile.TemporaryFile("w+", errors="replace") as words,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words) as run,
    ):
        try:
            _wait(run, served, words)
            yield served
        finally:
            run.kill()


def _program() -> Path:
    told = os.environ.get(_NAMED)
    program = Path(told) if told else _USUAL
    if not program.is_file():
        raise RuntimeError(
            f"there is no fakesnow for the tests: {program} is no file. Make it by `make ready`, or install "
            f"`fakesnow[server]` into a virtual environment and say by {_NAMED} where its program is."
        )
    return program


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(run: subprocess.Popen[bytes], served: Served, words: IO[str]) -> None:
    patience = time.monotonic() + _START_SECONDS
    while time.monotonic() < patience:
        if run.poll() is not None:
            words.seek(0)
            raise RuntimeError(f"fakesnow ended at once: {words.read().strip()[-2000:]}")
        connection = http.client.HTTPConnection(served.host, served.port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"fakesnow did not answer within {_START_SECONDS:.0f} seconds")
