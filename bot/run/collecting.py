"""The chapter that fetches the report which another run left as an artifact: as data, and only if it is what it says.

Nothing of it is unpacked, run or imported. What it is about is compared with what the forge itself says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core import evidence, report_bounds, report_reading, slugs
from bot.core.report_bounds import Unreadable
from bot.domain import Place, Report, RunId, Whereabouts
from bot.run.publishing import Desk
from bot.world import archives, schemas
from bot.world.archives import BadArchive

_FILE = "report.json"
MOST_BYTES = report_bounds.MOST_BYTES  # of an archive, too: a report shrinks to a tenth in it


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left for a project: the artifact with its report. `run` has the attempt that left it."""

    slug: str
    run: RunId

    @property
    def artifact(self) -> str:
        """The name of the artifact."""
        return slugs.artifact(self.slug, self.run.attempt)

    def whereabouts(self, place: Place, digest: str = "") -> Whereabouts:
        """Where a reader finds the whole of it, which has this digest."""
        return Whereabouts(url=_url(place, self.run), artifact=self.artifact, digest=digest)

    def desk(self, desk: Desk) -> Desk:
        """The desk of the run that left it: what is told there is that run's word, whoever says it."""
        return replace(
            desk, slug=self.slug, place=replace(desk.place, run=self.run, run_url=_url(desk.place, self.run))
        )


def listed(names: Iterable[str], run: RunId) -> tuple[Left, ...]:
    """Which of a run's artifacts are reports of ours, by their names: of each project that of the last attempt.

    Attempts that are still to come are nobody's: whoever names one would have the last word for ever.
    """
    attempts: dict[str, int] = {}
    for slug, attempt in filter(None, map(slugs.of_artifact, names)):
        if attempt <= run.attempt:
            attempts[slug] = max(attempt, attempts.get(slug, 0))
    return tuple(Left(slug, replace(run, attempt=attempts[slug])) for slug in sorted(attempts))


@dataclass(frozen=True)
class Collected:
    """A report that a run left, and the digest of the document that it stood in."""

    report: Report
    digest: str


def collect(desk: Desk, left: Left, head: str) -> Collected:
    """The report that a run left, on this head commit; a fork's where the desk is a fork's.

    Raises:
        Unreadable: it is none, or one on another commit or project.
        ForgeError: the forge does not hand it out.
    """
    archive = desk.forge.artifact(left.run, left.artifact, MOST_BYTES)
    try:
        content = archives.member(archive, _FILE, MOST_BYTES)
    except BadArchive as error:
        raise Unreadable(str(error), left.artifact) from None
    document = report_bounds.parse(content)
    report = report_reading.read(document, schemas.of_report(), is_foreign=desk.is_foreign)
    if report.run.head.commit.lower() != head.lower():
        raise Unreadable(f"the report is not on commit {head[:9]}", "$.run.head.commit")
    if report.run.slug != left.slug:
        raise Unreadable(f"the report is not of project {left.slug}", "$.run.slug")
    assert isinstance(document, dict)  # noqa: S101 (the schema says so)
    return Collected(told(report, is_foreign=desk.is_foreign), evidence.digest(document))


def told(report: Report, *, is_foreign: bool) -> Report:
    """The report as what it is, a fork's or ours, whatever it says of itself."""
    return replace(report, run=replace(report.run, is_foreign=is_foreign))


def _url(place: Place, run: RunId) -> str:
    return f"{place.server_url}/{place.repository}/actions/runs/{run.number}/attempts/{run.attempt}"
