"""What `proofbot doctor` found: one diagnosis for each thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it is: well; well enough, with something to be said; or so that proofbot can't work, or not wholly."""

    WELL = "well"
    ADVICE = "advice"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at, what was found, and what to do about it.

    `topic` is what it belongs to (`dbt`, `warehouse`), `what` the thing itself. `words` hold no secret. `remedy` says
    what to do: a command, a grant, a setting; empty where all is well. `is_usage` says that the call or the
    configuration is at fault, and not the surroundings.
    """

    topic: str
    what: str
    health: Health
    words: str
    remedy: str = ""
    is_usage: bool = False
