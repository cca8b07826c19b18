"""What a command says as it ends, in a job of GitHub Actions: nothing that others wrote is a command to the runner."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# A bell within a command: rich drops it as it prints.
_HOSTILE = (
    "x\\n::set-output name=report-path::/etc\\n\\t:\\a:set-output name=artifact::x ##\\a[set-output name=result;]y"
)
_WORK = {
    "what is logged": f"console.print(Text('{_HOSTILE}'), soft_wrap=True); return 0",
    "what is wrong": f"raise UsageError('{_HOSTILE}', where='{_HOSTILE}', remedy='{_HOSTILE}')",
    "what failed": f"raise OSError(28, '{_HOSTILE}')",
    "a defect": f"raise RuntimeError('{_HOSTILE}')",
}
_PROGRAM = """
from rich.text import Text
from bot.cli.exits import leave_after
from bot.errors import UsageError
def work(console):
    {work}
leave_after(work)
"""


def _said(work: str, **environment: str) -> str:
    return _ended(work, **environment).stderr


def _ended(work: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(work=work)],
        capture_output=True,
        text=True,
        env=known | environment,
        check=False,
    )


@pytest.mark.parametrize("what", _WORK)
def test_nothing_that_is_said_is_a_command_to_the_runner(what: str) -> None:
    """A fork's report, dbt or the data would set the outputs of a trusted job: which of its files are uploaded."""
    said = _said(_WORK[what], GITHUB_ACTIONS="true")
    assert "set-output" in said
    assert "##[" not in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]


def test_elsewhere_words_are_said_as_they_are() -> None:
    """Somebody would copy a name from the terminal that is not there."""
    assert "\n::set-output name=report-path::/etc\n" in _said(_WORK["what is logged"])


def test_what_ends_a_run_stands_on_the_page_of_the_job() -> None:
    """Who looks at a failed job would see an exit code, and have to search the log for the words."""
    work = "raise UsageError('no such\\n::thing 100%', where='x.yml', remedy='Name it.')"
    assert _ended(work, GITHUB_ACTIONS="true").stdout == (
        "::error title=proofbot::no such%0A::thing 100%25 (x.yml)%0AName it.\n"
    )
    assert _ended(work).stdout == ""
