"""What the runner does with the lines that a step prints: workflow commands are obeyed, secrets are masked.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST_OF_A_KIND = 10
_KINDS = ("error", "warning", "notice")
_REFUSED = frozenset({"set-env", "add-path"})
_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<told>.*?))?::(?P<text>.*)", re.DOTALL)
# The older form counts anywhere in a line.
_OLDER = re.compile(r"##\[(?P<name>[a-z-]+)(?: (?P<told>[^\]]*))?\](?P<text>.*)", re.DOTALL)
_QUIET = frozenset({"group", "endgroup", "debug", "echo", "add-matcher", "remove-matcher", "save-state", "set-output"})


@dataclass(frozen=True)
class Annotation:
    """A remark that a step made: error, warning or notice, on which file and line, and what it says."""

    kind: str
    text: str
    told: Mapping[str, str]


@dataclass
class Console:
    """The log of a job. `masks` hold for all of its steps; `stopped` is the word that ends a silence.

    `annotations` are those that people see: of each kind the first ten of a step. `commands` are all that were obeyed.
    """

    masks: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    stopped: str | None = None
    _counts: Counter[str] = field(default_factory=Counter)

    def start_step(self) -> None:
        """A new step: what may be annotated is counted anew, and a silence does not outlive its step."""
        self._counts.clear()
        self.stopped = None

    def read(self, line: str) -> None:
        """Takes a line of a step's output."""
        found = self._command(line)
        if found is None:
            self.lines.append(self.masked(line))
            return
        self.commands.append(found["name"])
        self._obey(found["name"], _unescape(found["text"]), _told(found["told"] or ""))

    def masked(self, text: str) -> str:
        """A text as GitHub shows it."""
        for mask in sorted(self.masks, key=len, reverse=True):
            text = text.replace(mask, "***")
        return text

    @property
    def text(self) -> str:
        """The whole log."""
        return "\n".join(self.lines)

    def _command(self, line: str) -> re.Match[str] | None:
        if self.stopped is not None:
            if line.strip() == f"::{self.stopped}::":
                self.stopped = None
            return None
        found = _COMMAND.match(line.lstrip()) or _OLDER.search(line)
        known = {*_KINDS, *_REFUSED, *_QUIET, "add-mask", "stop-commands"}
        return found if found and found["name"] in known else None

    def _obey(self, name: str, text: str, told: Mapping[str, str]) -> None:
        if name in _REFUSED:
            raise AssertionError(f"the command {name} is refused by every runner of today")
        if name == "add-mask":
            self.masks |= {part for part in (text, *text.splitlines()) if part.strip()}
        elif name == "stop-commands":
            self.stopped = text
        elif name in _KINDS:
            self._counts[name] += 1
            if self._counts[name] <= _MOST_OF_A_KIND:
                self.annotations.append(Annotation(name, self.masked(text), told))
            self.lines.append(self.masked(f"{name.title()}: {text}"))


def _told(text: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.split(",") if part)
    return {name.strip(): _unescape(value, of_property=True) for name, _, value in pairs}


def _unescape(text: str, *, of_property: bool = False) -> str:
    if of_property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
