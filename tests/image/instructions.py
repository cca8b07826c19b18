"""Reads a Dockerfile and a .dockerignore, as far as ours go."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = ROOT / "Dockerfile"
DOCKERIGNORE = ROOT / ".dockerignore"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name in capitals, and the rest with the lines joined."""

    name: str
    rest: str

    @property
    def words(self) -> tuple[str, ...]:
        """Those of an exec form; a shell form is a ValueError."""
        words = json.loads(self.rest)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(self.rest)
        return tuple(words)


def read(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, in order."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    parts = (line.strip().split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Instruction(name.upper(), " ".join(rest.split())) for name, rest in parts]


def last_stage(told: Sequence[Instruction]) -> list[Instruction]:
    """What is said after the last FROM, which is the image."""
    start = max(number for number, each in enumerate(told) if each.name == "FROM")
    return list(told[start + 1 :])


def defaults(told: Iterable[Instruction]) -> dict[str, str]:
    """Every ARG and what it is if nobody says otherwise."""
    parts = (each.rest.partition("=") for each in told if each.name == "ARG")
    return {name: value.strip('"') for name, _, value in parts}


def sources(told: Iterable[Instruction]) -> list[str]:
    """What is copied out of the checkout, not out of another stage."""
    copies = (each.rest.split() for each in told if each.name == "COPY")
    return [word for words in copies if not words[0].startswith("--from") for word in words[:-1]]


def is_let_in(path: str, rules: str) -> bool:
    """Whether a .dockerignore lets a file in: the last rule that is on it, or on a folder around it, decides."""
    here = PurePosixPath(path)
    around = [str(each) for each in (here, *here.parents)]
    is_in = True
    for line in rules.splitlines():
        rule = line.strip()
        if rule and not rule.startswith("#"):
            pattern = rule.removeprefix("!")
            if any(_fits(each, pattern) for each in around):
                is_in = rule.startswith("!")
    return is_in


def _fits(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.split("/")
    if wanted[0] == "**":
        return len(parts) >= len(wanted) - 1 and _each_fits(parts[len(parts) - len(wanted) + 1 :], wanted[1:])
    return len(parts) == len(wanted) and _each_fits(parts, wanted)


def _each_fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(fnmatch.fnmatchcase(part, want) for part, want in zip(parts, wanted, strict=True))
