"""Which Python a dbt is installed in."""

from __future__ import annotations

import sys
from pathlib import Path


def find(dbt: Path) -> str:
    """The Python that starts a dbt: the one that its first line names, else the one beside it, else our own."""
    try:
        with dbt.open("rb") as script:
            first = script.readline(4096).decode(errors="replace")
    except OSError:
        first = ""
    words = first.removeprefix("#!").split()
    # Where a path is too long for a first line, or has a blank, pip writes a script for the shell.
    if first.startswith("#!") and words and "python" in Path(words[0]).name:
        return words[0]
    beside = dbt.parent / "python"
    return str(beside) if beside.exists() else sys.executable
