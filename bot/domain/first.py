"""What `proofbot init` did, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.forge import ForgeKind


class Fate(StrEnum):
    """What became of a file: written, only shown, or left as it is because there was one."""

    WRITTEN = "written"
    PLANNED = "would be written"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class FirstFile:
    """A file: its path from the repository's root, its text, and the text that is there where it was kept.

    `there` is None where nothing was there, or where it is no text that may be read.
    """

    path: str
    fate: Fate
    text: str
    there: str | None = None


@dataclass(frozen=True)
class FirstLook:
    """What was written, and what its reader has to do.

    `include` is the file that GitLab's configuration has to include; `project` the
    project's folder as seen from where it was called, empty where that is in it. `secrets` and `variables` are to be
    set for the job. `to_add` are the files that were written, as seen from where it was called.
    """

    files: tuple[FirstFile, ...]
    forge: ForgeKind
    include: str | None
    project: str
    secrets: tuple[str, ...]
    variables: tuple[str, ...]
    notices: tuple[str, ...]
    to_add: tuple[str, ...]
