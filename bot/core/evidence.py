"""What a verdict rests on, and the digests that hold it together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core import plan
from bot.core.project import canonical
from bot.domain import Project, Replayed, Row

MOST_CHARACTERS = 20_000  # of a statement whose text is told
MOST_IN_ALL = 8_000_000


def digest(document: Mapping[str, object]) -> str:
    """The SHA-256 of a report.json, as hexadecimal digits, without regard to the `digest` that it says itself: of JSON
    with sorted keys, without blanks and in ASCII."""
    said = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return of_text(text)


def of_text(text: str) -> str:
    """The SHA-256 of a text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def of_rows(rows: Iterable[Row]) -> str:
    """The SHA-256 of rows without regard to their order, as hexadecimal digits.

    Each row is a JSON array in ASCII, without blanks: null, true and false, whole numbers, floating-point numbers as
    Python's `repr` writes them, nested arrays and objects; all else as text. The lines are sorted, each ends in a line
    feed.
    """
    hasher = hashlib.sha256()
    for line in sorted(map(_line, rows)):
        hasher.update(f"{line}\n".encode("ascii"))
    return hasher.hexdigest()


def of_project(project: Project) -> str:
    """The digest of what a manifest says that matters: nodes, sources, macros, hooks, variables and tests; without
    times and paths of the machine."""
    tests = {
        uid: canonical([test.raw_code, test.arguments, test.severity, test.depends_on])
        for uid, test in project.tests.items()
    }
    return plan.digest(project, tests)


def shortened(statements: Sequence[Replayed]) -> tuple[Replayed, ...]:
    """The statements as a report can hold them: in place of the longest texts stand their digests (`sha256:...`)."""
    room = MOST_IN_ALL
    told: set[int] = set()
    for length, place in sorted((len(one.sql), place) for place, one in enumerate(statements)):
        room -= length
        if length > MOST_CHARACTERS or room < 0:
            break
        told.add(place)
    return tuple(
        one if place in told else replace(one, sql=f"sha256:{of_text(one.sql)}") for place, one in enumerate(statements)
    )


def _line(row: Row) -> str:
    try:
        return json.dumps(list(row), separators=(",", ":"), default=str)
    except (TypeError, ValueError):  # a map whose keys are no texts
        return json.dumps(repr(row))
