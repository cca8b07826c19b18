"""The dbt of this Python, with its imports done once: hundreds of runs would spend half their time importing.

Each call is carried out by a process of its own, which is forked from one that has imported dbt and nothing else; it
gets the caller's arguments, folder, environment and outputs. What dbt does is the same.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

_CLIENT = """#!{python} -SEs
import json, os, socket, sys
if sys.argv[1:] == ["--version"]:
    sys.exit(print({version!r}))
to = socket.socket(socket.AF_UNIX)
to.connect({address!r})
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(to, [len(asked).to_bytes(4, "big")], [1, 2])
to.sendall(asked)
code = to.recv(4)
sys.exit(int.from_bytes(code, "big") if code else 3)
"""


class WarmDbt:
    """A `dbt` command below a folder: `path`. It works until the context is left."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=home))
        self.path = folder / "dbt"
        self._address = folder / "dbt.socket"
        core, adapter = (importlib.metadata.version(name) for name in ("dbt-core", "dbt-duckdb"))
        version = f"Core:\n  - installed: {core}\nPlugins:\n  - duckdb: {adapter}"
        self.path.write_text(_CLIENT.format(python=sys.executable, version=version, address=str(self._address)))
        self.path.chmod(0o755)
        self._server = subprocess.Popen([sys.executable, "-m", "bench.accuracy_dbt", str(self._address)])

    def __enter__(self) -> WarmDbt:
        while not self._address.exists() and self._server.poll() is None:
            time.sleep(0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.terminate()
        self._server.wait()


def _serve(address: str) -> None:
    for name in ("dbt.cli.main", "dbt.adapters.duckdb.impl", "agate", "duckdb"):
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{address}.new")
    server.listen(16)
    Path(f"{address}.new").rename(address)
    while True:
        caller, _ = server.accept()
        if os.fork() == 0:
            server.close()
            _carry_out(caller)
        caller.close()


def _carry_out(caller: socket.socket) -> None:
    """One call of dbt, in a process of its own, which ends here."""
    code = 3
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        size, outputs, *_ = socket.recv_fds(caller, 4, 2)
        asked = b""
        while len(asked) < int.from_bytes(size, "big"):
            asked += caller.recv(1 << 16)
        arguments, folder, environment = json.loads(asked)
        for number, output in enumerate(outputs, start=1):
            os.dup2(output, number)
            os.close(output)
        os.environ.clear()
        os.environ.update(environment | {"PYTHONWARNINGS": "ignore"})  # of semaphores that end with the process
        os.chdir(folder)
        sys.argv = ["dbt", *arguments]
        try:
            importlib.import_module("dbt.cli.main").cli(prog_name="dbt")
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
        caller.sendall(code.to_bytes(4, "big"))
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
