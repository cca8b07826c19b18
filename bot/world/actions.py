"""The files by which a step of GitHub Actions hands something over: outputs, and the summary of the job.

Where the environment names no such file, there is nobody to be told, and nothing happens.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path

from bot.errors import EnvironmentFailure

LONGEST_SUMMARY = 1_048_576  # bytes of a step; GitHub throws a longer one away
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def set_outputs(environment: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Sets outputs of this step. A value may hold anything.

    Raises:
        ValueError: a name is none that GitHub knows.
        EnvironmentFailure: the file can't be written.
    """
    for name in outputs:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name of an output: {name!r}")
    _append(environment, "GITHUB_OUTPUT", "".join(_output(name, value) for name, value in outputs.items()))


def append_summary(environment: Mapping[str, str], markdown: str) -> None:
    """Appends to the summary of this step.

    Raises:
        ValueError: the summary would be longer than `LONGEST_SUMMARY`, so that GitHub would show nothing of it.
        EnvironmentFailure: the file can't be written.
    """
    _append(environment, "GITHUB_STEP_SUMMARY", markdown, limit=LONGEST_SUMMARY)


def _output(name: str, value: str) -> str:
    delimiter = f"ghadelimiter_{uuid.uuid4()}"  # nobody can have put it into the value
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(environment: Mapping[str, str], variable: str, text: str, *, limit: int | None = None) -> None:
    name = environment.get(variable, "")
    if not name or not text:
        return
    told = text.encode("utf-8", "replace")
    try:
        with Path(name).open("ab") as file:
            size = file.seek(0, os.SEEK_END) + len(told)
            if limit is not None and size > limit:
                raise ValueError(f"{size:,} bytes are more than {variable} may hold: {limit:,}")
            file.write(told)
    except OSError as error:
        raise EnvironmentFailure(
            f"the file that {variable} names can't be written: {error.strerror}",
            where=name,
            remedy=f"In a job of GitHub Actions it is there. Elsewhere, unset {variable}.",
        ) from error
