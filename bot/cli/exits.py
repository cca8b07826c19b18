"""How a command ends: what went wrong becomes words and an exit code, a signal becomes an orderly end."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import IO, Any, cast

from rich.console import Console
from rich.text import Text

from bot.errors import EnvironmentFailure, Interrupted, ProofbotError
from bot.render.workflow_commands import complain, harmless


def leave_after(work: Callable[[Console], int]) -> None:
    """Does the work, and exits with its code, or with that of what went wrong."""
    console = speaking_to(sys.stderr)
    try:
        _listen_for_the_end()
        code = work(console)
    except ProofbotError as error:
        code = _complain(console, error)
    except OSError as error:
        code = _complain(console, EnvironmentFailure(f"the system failed: {error}", remedy=_remedy(error)))
    except Exception:  # noqa: BLE001 (the last resort: a crash must not look like a finding, which exits with 1)
        console.print_exception()
        code = _complain(console, EnvironmentFailure("this is a defect of proofbot", remedy="Please report it."))
    sys.exit(code)


def speaking_to(stream: IO[str]) -> Console:
    """A console for words that may be anybody's. In a job of GitHub Actions, none of them is a command."""
    if not _is_job_of_actions():
        return Console(file=stream)
    return Console(file=cast("IO[str]", _Harmless(stream)))


def _is_job_of_actions() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


class _Harmless:
    """A stream that lets no text be taken for a command; its own is that of the other."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(harmless(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _remedy(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Make room on the disk, or name a folder on another one by the environment variable PROOFBOT_CACHE_DIR."
    return "Check the file that it names, and its permissions."


def _complain(console: Console, error: ProofbotError) -> int:
    console.print(Text("proofbot: ", style="bold red") + Text(str(error)), soft_wrap=True)
    console.print(Text(f"  {error.remedy}"), soft_wrap=True)
    if _is_job_of_actions():  # whose page shows what is said so, and no log
        sys.stdout.write(f"{complain(str(error), error.remedy)}\n")
    return error.exit_code


def _listen_for_the_end() -> None:
    """Lets SIGTERM, and a terminal that is closed, end the run as Ctrl-C does: children stopped, folders removed."""
    ends = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` sets it
        ends.append(signal.SIGHUP)

    def stop(number: int, _frame: FrameType | None) -> None:
        for again in ends:
            signal.signal(again, signal.SIG_IGN)  # the cleaning up that follows must not be cut short
        raise Interrupted(f"the run was stopped by {signal.Signals(number).name}", remedy="Start it again.")

    for number in ends:
        signal.signal(number, stop)
