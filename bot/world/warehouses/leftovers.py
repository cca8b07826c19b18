"""Which of the things that dead runs left in a warehouse are to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sought:
    """What is to go of what dead runs left: of one label (`pr_12`), or older than this; None is no such limit.

    Where a warehouse can't tell a living run from a dead one, None leaves what is younger than a day. A dry run only
    lists.
    """

    label: str | None = None
    older_than: timedelta | None = None
    is_dry: bool = False
