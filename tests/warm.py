"""The programs that tests start by the hundred, with their imports done once: `dbt` and `proofbot`.

dbt spends two seconds on imports, and a run of proofbot starts it nine times. A server imports what a program needs,
and does nothing else. Each call is carried out by a process of its own that is forked from it; it gets the caller's
arguments, folder, environment, streams and umask, runs in a session of its own, and ends with its caller. What the
program does is the same. Not the same are: whom signals reach, limits of resources, and who is found in /proc. Tests
about such things start the programs cold, and so does the story of the demo, in each environment.

It needs nothing but Python's own library, since it is also started as a script.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_ADAPTERS = ("duckdb", "postgres", "snowflake")  # which the tests build with, where they are installed
# What dbt imports only when it works; not each version knows all of them.
_OF_DBT = (
    *(f"dbt.adapters.duckdb.{name}" for name in ("__version__", "environments.local", "impl")),
    *(f"dbt.task.{name}" for name in ("build", "compile", "deps", "function", "test")),
    *("dbt.parser.sql", "dbt_common.clients.agate_helper", "agate", "asyncio", "babel.dates", "daff", "duckdb"),
    *("google.protobuf.descriptor_pb2", "multiprocessing.pool", "sqlparse", "_strptime"),
)
# For each of its classes dbt makes a schema, and writes code, when it first needs them: half of what a parse takes.
_CLASSES = (
    *(f"dbt.contracts.project:{name}" for name in ("Configuration", "PackageConfig", "Project", "ProjectFlags")),
    *("dbt.contracts.selection:SelectorFile", "dbt.adapters.duckdb.credentials:DuckDBCredentials"),
    *(f"dbt.contracts.graph.nodes:{name}" for name in ("GenericTestNode", "ModelNode", "SeedNode")),
    *(f"dbt.artifacts.resources.v1.{name}" for name in ("config:TestConfig", "model:ModelConfig", "seed:SeedConfig")),
    "dbt.contracts.graph.unparsed:UnparsedModelUpdate",
)
_COMMANDS = tuple(f"bot.cli.{name}" for name in ("ci", "develop", "first", "doctor", "local", "proofs"))
_OF_PROOFBOT = (*_COMMANDS, "bot.run.diff", "duckdb", "sqlglot.dialects.duckdb")
_CLIENT = """#!{python} -SI
import json, os, socket, sys
if sys.argv[1:] == ["--version"] and {version!r}:
    sys.exit(print({version!r}))
mask = os.umask(0)
os.umask(mask)
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ), mask]).encode()
to = socket.socket(socket.AF_UNIX)
to.connect({address!r})
socket.send_fds(to, [len(asked).to_bytes(4, "big")], [0, 1, 2])
to.sendall(asked)
code = to.recv(4)
to.recv(1)  # until the process is gone
sys.exit(int.from_bytes(code, "big") if code else "the process that carried out {name} was killed")
"""


class Warm:
    """A command in a folder of its own: `path`. It works from when it was started until `end`, or until we end.

    Args:
        name: what it is called.
        entry: the function that carries out a call, as `module:name`.
        modules: what is imported beforehand, beside the module of the entry, where it is installed.
        version: what is answered to `--version`; without it the program itself is asked.
    """

    def __init__(self, name: str, entry: str, modules: Sequence[str], version: str = "") -> None:
        folder = Path(tempfile.mkdtemp(prefix="warm-"))
        self.path = folder / name
        address = folder / "socket"
        text = _CLIENT.format(python=sys.executable, version=version, address=str(address), name=name)
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(0o755)
        # Its stdin is its lifeline: it ends when we do. A Ctrl-C is not meant for it.
        self._server = subprocess.Popen(
            [sys.executable, "-u", "-P", __file__, str(address), name, entry, *modules],
            stdin=subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
        )
        while not address.exists():
            if self._server.poll() is not None:
                raise RuntimeError(f"the server of {name} ended with {self._server.returncode}")
            time.sleep(0.02)

    def end(self) -> None:
        """Ends the server. What it still carries out goes on to its own end."""
        self._server.communicate()


@functools.cache
def dbt() -> Path:
    """The dbt of this Python. Its server is started by the first call, and ends with this process."""
    version = f"Core:\n  - installed: {importlib.metadata.version('dbt-core')}\nPlugins:"
    for adapter in _ADAPTERS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version += f"\n  - {adapter}: {importlib.metadata.version(f'dbt-{adapter}')}"
    return _start(Warm("dbt", "dbt.cli.main:cli", _OF_DBT, version))


@functools.cache
def proofbot() -> Path:
    """The proofbot of these files; see `dbt`."""
    return _start(Warm("proofbot", "bot.__main__:start", _OF_PROOFBOT))


def _start(started: Warm) -> Path:
    atexit.register(started.end)
    return started.path


def _serve(address: str, name: str, entry: str, modules: Sequence[str]) -> None:
    """Imports, and then forks for each call, until its lifeline is cut."""
    for module in (entry.partition(":")[0], *modules):
        if importlib.util.find_spec(module):
            importlib.import_module(module)
    if name == "dbt":
        _let_dbt_write_code()
    gc.collect()
    gc.freeze()  # so that no collection touches, and copies, what all processes share
    # DuckDB 1.4 has an idle thread from its import on; it holds no lock that a child would wait for.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{address}.new")
    server.listen(16)
    Path(f"{address}.new").rename(address)
    while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
        caller, _ = server.accept()
        if os.fork() == 0:
            server.close()
            _carry_out(caller, name, entry)
        caller.close()
        _reap()
    _reap()
    shutil.rmtree(Path(address).parent, ignore_errors=True)
    os._exit(0)  # there is nothing to close


def _let_dbt_write_code() -> None:
    nothing = b"\x01"  # a number, which none of them takes: the code is written, and nothing is made with it
    for name in _CLASSES:
        _find(name).json_schema()
        with contextlib.suppress(TypeError, AttributeError, ValueError):
            _find(name).from_dict(nothing)
    inspect.stack()  # which remembers where the modules are
    with contextlib.suppress(TypeError, AttributeError, ValueError):
        _find("dbt.contracts.graph.manifest:Manifest").from_msgpack(nothing)


def _find(entry: str) -> Any:
    module, _, name = entry.partition(":")
    return getattr(importlib.import_module(module), name)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _carry_out(caller: socket.socket, name: str, entry: str) -> None:
    """One call of the program. This process ends here."""
    code = 3
    try:
        os.setsid()
        _take_over(caller, name)
        threading.Thread(target=_end_with, args=(caller,), daemon=True).start()
        code = _call(entry)
        atexit._run_exitfuncs()  # databases are closed by one of them
        sys.stdout.flush()
        sys.stderr.flush()
        caller.sendall(code.to_bytes(4, "big"))
    except BaseException:  # noqa: BLE001 (nothing may get back into the server)
        traceback.print_exc()
    finally:
        os._exit(code)


def _take_over(caller: socket.socket, name: str) -> None:
    """What a process has from the one that started it."""
    size, streams, *_ = socket.recv_fds(caller, 4, 3)
    asked = b""
    while len(asked) < int.from_bytes(size, "big"):
        asked += caller.recv(1 << 16)
    arguments, folder, environment, mask = json.loads(asked)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.umask(mask)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    beside = Path(sys.executable).parent
    sys.argv = [str(beside / name), *arguments]
    sys.path.insert(0, str(beside))  # as if its script had been started


def _call(entry: str) -> int:
    try:
        _find(entry)()
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return (ended.code or 0) & 255
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 (as Python itself does it)
        traceback.print_exc()
        return 1
    return 0


def _end_with(caller: socket.socket) -> None:
    """Ends this process, and what it has started, when the caller is gone."""
    caller.recv(1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
