"""The files by which a step tells the runner: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH, GITHUB_STEP_SUMMARY."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

SUMMARY_LIMIT = 1024 * 1024
_NAMES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")


class Malformed(Exception):
    """What a step wrote can't be read; the runner fails the step."""


class CommandFiles:
    """The files of one step, empty at first."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._paths = {name: folder / name.lower() for name in _NAMES}
        for path in self._paths.values():
            path.touch()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that name the files."""
        return {name: str(path) for name, path in self._paths.items()}

    def outputs(self) -> Mapping[str, str]:
        """What the step wrote to GITHUB_OUTPUT."""
        return _pairs(self._text("GITHUB_OUTPUT"))

    def variables(self) -> Mapping[str, str]:
        """What the step wrote to GITHUB_ENV."""
        return _pairs(self._text("GITHUB_ENV"))

    def folders(self) -> tuple[str, ...]:
        """What the step wrote to GITHUB_PATH; the last one comes first on the PATH."""
        return tuple(line for line in self._text("GITHUB_PATH").splitlines() if line)

    def summary(self) -> str:
        """The step's part of the job's page; nothing, where it is longer than GitHub takes."""
        path = self._paths["GITHUB_STEP_SUMMARY"]
        return path.read_text(encoding="utf-8") if path.stat().st_size <= SUMMARY_LIMIT else ""

    def has_lost_summary(self) -> bool:
        """Whether the step wrote more to its summary than GitHub takes."""
        return self._paths["GITHUB_STEP_SUMMARY"].stat().st_size > SUMMARY_LIMIT

    def _text(self, name: str) -> str:
        return self._paths[name].read_text(encoding="utf-8")


def _pairs(text: str) -> dict[str, str]:
    """`name=value` lines, and `name<<word` with all lines up to the word.

    Raises:
        Malformed: a line is neither, or the word does not come.
    """
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if not line:
            continue
        name, sign, rest = _parted(line)
        found[name] = rest if sign == "=" else "\n".join(_until(rest, lines))
    return found


def _parted(line: str) -> tuple[str, str, str]:
    """The name, the sign that comes first, and the rest of a line."""
    found = [(line.index(sign), sign) for sign in ("=", "<<") if sign in line]
    if not found:
        raise Malformed(f"Invalid format '{line}'")
    at, sign = min(found)
    if at == 0:
        raise Malformed(f"Invalid format '{line}': there is no name")
    return line[:at], sign, line[at + len(sign) :]


def _until(word: str, lines: Iterator[str]) -> list[str]:
    held: list[str] = []
    for line in lines:
        if line == word:
            return held
        held.append(line)
    raise Malformed(f"Matching delimiter not found '{word}'")
