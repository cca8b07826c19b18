"""How much a page of Markdown shows, and what it is dressed in."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import Acceptance, Grade, Whereabouts
from bot.render import elsewhere
from bot.render.dress import Dress
from bot.render.escape import code_span, prose
from bot.render.words import is_accepted

DRESS = Dress(name=code_span, prose=prose)
ICONS = {Grade.PASS: "✅", Grade.WARN: "⚠️", Grade.FAIL: "❌", Grade.ERROR: "❌"}
_ACCEPTED = "☑️"


@dataclass(frozen=True)
class Style:
    """How much a page shows, where room is not what decides.

    `quiet` is how many models, and how many named checks, have a row although nobody needs to look at them; `tests` how
    many have a line. Of a table there are at most so many `rows`, `columns` and `characters`. Unless the page is
    `whole`, columns that do not differ stay away from a table that is wider than `width`, and so do rows that tell of
    no change. `draws` says that diagrams are shown. `holder` has what is not shown.
    """

    dress: Dress = DRESS
    quiet: int = 40
    tests: int = 20
    rows: int = 30
    columns: int = 12
    width: int = 120
    characters: int = 6_000  # so that wide rows don't push out the tables of other models
    whole: bool = False
    draws: bool = True
    holder: str = elsewhere.holder(Whereabouts())


COMMENT = Style()
SUMMARY = Style(
    Dress(name=code_span, prose=prose, times=10),
    quiet=10**6,
    tests=10**6,
    rows=1_000,
    columns=60,
    characters=100_000,
    whole=True,
)


def icon(grade: Grade, accepted: Acceptance | None = None) -> str:
    """The sign of a grade; of what fails and was accepted another one."""
    return _ACCEPTED if is_accepted(grade, accepted) else ICONS[grade]
