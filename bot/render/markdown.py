"""A report as Markdown: the comment on a pull request.

The verdict is the first line. Below it, what needs a reader comes first, and what is equal is one line.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Grade, ModelReport, Problem, Report, Status
from bot.render import figures, lines, words
from bot.render.escape import fenced, prose
from bot.render.markdown_models import DRESS, ICONS, fold, how_to_declare_a_key, overview
from bot.render.room import Room
from bot.render.words import Labels

LIMIT = 60_000
_QUIET_ROWS = 40
_FOR_WHAT_IS_LEFT_OUT = 300
_SHARE_OF_DETAILS = 6
_SHORTEST_FOLD = 150
_HEADER = 2


def comment(report: Report, limit: int = LIMIT) -> str:
    """The comment on this report, in at most `limit` characters (1,500 or more).

    What has no room is left out in whole blocks, the least worth first, and a line says so.
    """
    labels = Labels(report.models)
    room = Room(limit - _FOR_WHAT_IS_LEFT_OUT)
    top = room.fitting([_verdict(report), words.commits(report.run, DRESS)])
    footer = room.fitting([f"<sub>{words.versions(report.run, DRESS)}</sub>"])
    advice = words.advice(report)
    to_do = room.fitting([f"**What to do:** {advice}"] if advice else [])
    problem = room.fitting(_problem(report.problem, report.headline))
    urgent = room.fitting(_urgent(report, labels))
    asides = room.fitting([f"- **{line.label}:** {line.text}" for line in lines.asides(report, labels, DRESS)])
    no_key = room.fitting([how_to_declare_a_key(lines.without_key(report), labels)])

    models = words.gravest_first(report.models)
    detailed = [model for model in models if words.has_details(model)]
    folds = [fold(model, labels) for model in detailed[: limit // _SHORTEST_FOLD]]
    table, shown = _table(models, labels, room, reserve=min(sum(map(len, folds)), limit // _SHARE_OF_DETAILS))
    kept = room.fitting(folds)
    left_out = _left_out(models[shown:], len(detailed) - len(kept))
    blocks = [*top, *problem, *urgent, *table, *left_out, *to_do, *kept, "\n".join(asides), *no_key, *footer]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _verdict(report: Report) -> str:
    grade = words.worst_grade(report)
    icon = ICONS[Grade.FAIL if report.status is not Status.SUCCESS else grade]
    return f"### {icon} {prose(words.headline(report), 300)}"


def _problem(problem: Problem | None, headline: str) -> list[str]:
    if problem is None:
        return []
    said = prose(problem.title)
    title = [f"**{said}**"] if said.strip() and problem.title not in headline else []
    remedy = [f"**What to do:** {prose(problem.remedy, 1000)}"] if problem.remedy else []
    return [*title, *([fenced(problem.text)] if problem.text.strip() else []), *remedy]


def _urgent(report: Report, labels: Labels) -> list[str]:
    sections = (
        ("Could not be compared", lines.unreadable(report, labels, DRESS)),
        ("Tests that fail since this change", lines.newly_failing(report, labels, DRESS)),
    )
    return ["\n".join([f"**{title}**", *(f"- {item}" for item in items)]) for title, items in sections if items]


def _table(models: Sequence[ModelReport], labels: Labels, room: Room, reserve: int) -> tuple[list[str], int]:
    """The table as a block, and how many models are in it."""
    if not models:
        return [], 0
    loud = sum(1 for model in models if words.is_loud(model))
    text = overview(models[: max(loud, _QUIET_ROWS)], labels)
    rows = room.fitting_lines(text[:_HEADER], text[_HEADER:], reserve)
    return (["\n".join([*text[:_HEADER], *rows])] if rows else []), len(rows)


def _left_out(models: Sequence[ModelReport], folds: int) -> list[str]:
    """The line that says what this page does not show."""
    said = []
    if models:
        loud = sum(1 for model in models if words.is_loud(model))
        of_them = f", {figures.count(loud)} of them changed or not passing" if loud else ", none of them changed"
        said.append(f"{figures.plural(len(models), 'more model')}{of_them}")
    if folds:
        said.append(f"the details of {figures.plural(folds, 'model')}")
    return [f"*Left out here: {'; '.join(said)}. `report.json` has everything.*"] if said else []
