"""What proofbot made or promised outside of a run's own folder, and has to take back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RecordKind(StrEnum):
    """What kind of thing a record is about."""

    GATE = "gate"  # a commit status that is pending
    REPORT = "report"  # a folder of files for readers
    ORIGIN = "origin"  # a database kept between runs
    RUN = "run"  # the folder of one run
    SCHEMA = "schema"  # of a warehouse
    DATABASE = "database"  # of a warehouse


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that proofbot made or promised.

    `id` is 32 hexadecimal digits. `project` is the slug; `number` is that of the pull request where there is one;
    `commit` the head. `created_at` is UTC, ISO 8601. What `what` names depends on the kind:

    - GATE: `api_url`, `repository`, `context`, `run` (number and attempt: `7712.1`)
    - REPORT, ORIGIN, RUN: `folder`, relative to our root
    - SCHEMA, DATABASE: what the warehouse needs to find it

    A record says what may be taken back, but is no proof: whoever removes something looks at its name and place, too.
    """

    id: str
    kind: RecordKind
    project: str
    number: int | None
    commit: str
    created_at: str
    what: Mapping[str, str] = field(default_factory=dict)
