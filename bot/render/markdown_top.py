"""What stands at the top of a report in Markdown: the verdict, whose word it is, what was accepted, what went wrong."""

from __future__ import annotations

from collections import defaultdict

from bot.domain import Acceptance, Grade, Problem, Report, Status, Whereabouts
from bot.render import seal, words
from bot.render.dress import Dress, Labels
from bot.render.elsewhere import job
from bot.render.escape import fenced, prose
from bot.render.markdown_style import ICONS

_FOREIGN = (
    "⚠️ **Not vouched for:** the fork's own job made this report, without secrets, and with the fork's code. "
    "Take its numbers as the word of whoever opened this request."
)


def verdict(report: Report) -> str:
    """The verdict, as a heading."""
    grade = words.worst_grade(report)
    icon = ICONS[Grade.FAIL if report.status is not Status.SUCCESS else grade]
    return f"### {icon} {prose(words.headline(report), 400)}"


def introduction(report: Report, dress: Dress) -> list[str]:
    """What was compared, and whether somebody vouches for it."""
    foreign = [_FOREIGN] if report.run.is_foreign else []
    nothing = words.without_models(report)
    policy = f"Policy: {prose(report.policy, 200)}" if report.policy else ""
    compared = " · ".join(filter(None, [words.commits(report.run, dress), policy]))
    return [*foreign, compared, *([nothing] if nothing else [])]


def colophon(report: Report, dress: Dress, whereabouts: Whereabouts) -> str:
    """With what, when and at what cost it was found, on which evidence, and by which job."""
    digest = seal.words(report, whereabouts.digest, dress)
    return f"<sub>{' · '.join(filter(None, [words.versions(report.run, dress), digest, job(whereabouts)]))}</sub>"


def accepted(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """What somebody accepted for this commit, by whom and why: a line for each reason."""
    found = [(one.accepted, one.grade, labels.of(one.unique_id)) for one in report.models]
    found += [(one.accepted, one.grade, one.name) for one in report.tests]
    found += [(one.accepted, one.finding.grade, one.name) for one in report.named]
    names: dict[Acceptance, list[str]] = defaultdict(list)
    for acceptance, grade, name in found:
        if acceptance is not None and words.is_accepted(grade, acceptance):
            names[acceptance].append(name)
    return dress.listed(
        [f"{dress.names(some)} by {dress.name(one.by)}: {prose(one.reason, 300)}" for one, some in names.items()]
    )


def problem(problem: Problem | None, headline: str) -> list[str]:
    """Why nothing could be compared, and what to do about it."""
    if problem is None:
        return []
    said = prose(problem.title)
    title = [f"**{said}**"] if said.strip() and problem.title not in headline else []
    remedy = [f"**What to do:** {prose(problem.remedy, 1000)}"] if problem.remedy else []
    return [*title, *([fenced(problem.text)] if problem.text.strip() else []), *remedy]
