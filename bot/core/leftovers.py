"""Which of the things that proofbot made or promised are to be taken back, and where they may lie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain import Place
from bot.domain.records import Record, RecordKind
from bot.errors import UsageError

_AGE = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CONTEXT = re.compile(r"proofbot(?:/[^\x00-\x1f\x7f]{1,200})?")

# How the folders are called that proofbot makes, relative to its root. No name may lead out of it.
_NAMES = {
    RecordKind.REPORT: re.compile(r"reports/[^/\x00]+-[0-9a-f]{9}"),
    RecordKind.ORIGIN: re.compile(r"origins/[^/\x00]+-[0-9a-f]{8}/[0-9a-f]{64}"),
    RecordKind.RUN: re.compile(r"runs/[0-9a-f]{12}"),
}


def age(text: str) -> timedelta:
    """An age as people write it: `7d`, `12h`, `30m`.

    Raises:
        UsageError: it is none.
    """
    told = _AGE.fullmatch(text.strip())
    if not told:
        raise UsageError(f"{text!r} is no age", remedy="Write a number and a unit: `7d`, `12h` or `30m`.")
    return timedelta(**{_UNITS[told[2]]: int(told[1])})


def about(records: Iterable[Record], repository: str | None, project: str | None) -> tuple[Record, ...]:
    """The records of one repository and one project, where they are named. A record without repository is of any."""
    return tuple(
        record
        for record in records
        if (repository is None or record.what.get("repository", repository) == repository)
        and (project is None or record.project == project)
    )


def of_request(
    records: Iterable[Record], number: int, repository: str | None = None, project: str | None = None
) -> tuple[Record, ...]:
    """The records of a pull request; see `about`."""
    return tuple(record for record in about(records, repository, project) if record.number == number)


def repositories(records: Iterable[Record]) -> tuple[str, ...]:
    """The repositories that records name."""
    return tuple(sorted({record.what["repository"] for record in records if "repository" in record.what}))


def older_than(records: Iterable[Record], limit: timedelta, now: datetime) -> tuple[Record, ...]:
    """The records that were made longer ago. `now` knows its time zone."""
    return tuple(record for record in records if now - datetime.fromisoformat(record.created_at) > limit)


def open_gates(records: Iterable[Record], place: Place) -> tuple[Record, ...]:
    """The gates that a run of CI left pending, as far as it may be us who set them."""
    run = f"{place.run.number}.{place.run.attempt}"
    wanted = {"api_url": place.api_url, "repository": place.repository, "run": run}
    return tuple(
        record
        for record in records
        if record.kind is RecordKind.GATE
        and all(record.what.get(name) == value for name, value in wanted.items())
        and _COMMIT.fullmatch(record.commit)
        and _CONTEXT.fullmatch(record.what.get("context", ""))
    )


def folder(record: Record) -> str | None:
    """The folder that a record is about, relative to our root; None where no folder of ours is called so."""
    named = record.what.get("folder", "")
    pattern = _NAMES.get(record.kind)
    return named if pattern and pattern.fullmatch(named) else None
