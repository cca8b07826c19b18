"""How git is called: without hooks and submodules, and deaf to what the surroundings would have it do otherwise."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import EnvironmentFailure

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.sparseCheckout=false",
    "core.fsmonitor=false",
    "core.splitIndex=false",  # its larger half is written beside the user's index, whatever GIT_INDEX_FILE says
    "submodule.recurse=false",  # would check out the user's submodules into our tree, and register that with them
    "gc.auto=0",
    "maintenance.auto=false",
    "log.showSignature=false",
)
_SAFE = tuple(word for setting in _SETTINGS for word in ("-c", setting))
# Variables that git sets for hooks, and others that would redirect us or change what a path means.
_REDIRECTING = """
    GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_COMMON_DIR GIT_IMPLICIT_WORK_TREE
    GIT_SHALLOW_FILE GIT_GRAFT_FILE GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS
"""
_GRACE_SECONDS = 5.0


class GitFailed(Exception):
    """git ended with an error; the text is what it said."""


def call(where: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
    """What git prints.

    Args:
        extra: variables for git.

    Raises:
        GitFailed: git ended with an error.
        EnvironmentFailure: there is no git.
    """
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *_SAFE, *arguments],  # noqa: S607
            cwd=where,
            env=_environment(extra or {}),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise _missing() from None
    return _told(arguments, done.returncode, done.stdout, done.stderr)


def call_within(seconds: float, where: Path, *arguments: str) -> str:
    """The same for what talks to a network, given up after a time.

    git and its helpers get a group of their own: whatever ends the call ends all of them, by a signal that lets git
    remove its locks.

    Raises:
        GitFailed: git ended with an error, or was given up.
        EnvironmentFailure: there is no git.
    """
    try:
        process = subprocess.Popen(  # noqa: S603
            ["git", *_SAFE, *arguments],  # noqa: S607
            cwd=where,
            env=_environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise _missing() from None
    with process:
        try:
            stdout, stderr = process.communicate(timeout=max(seconds, 0))
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {arguments[0]} took too long and was given up") from None
        finally:
            _end(process)
    return _told(arguments, process.returncode, stdout, stderr)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    redirecting = frozenset(_REDIRECTING.split())
    environment = {name: value for name, value in os.environ.items() if name not in redirecting}
    return environment | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", **extra}


def _told(arguments: tuple[str, ...], code: int, stdout: bytes, stderr: bytes) -> str:
    if code != 0:
        words = stderr.decode("utf-8", "replace").strip()
        raise GitFailed(words or f"git {arguments[0]} ended with {code}")
    return os.fsdecode(stdout)  # not as text: file names may hold any byte, line ends included


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
            return


def _missing() -> EnvironmentFailure:
    return EnvironmentFailure("git is not installed", remedy="Install git and put it on the PATH.")
