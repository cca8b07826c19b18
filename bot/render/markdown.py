"""A report as Markdown: the comment on a pull request.

The verdict is the first line. Below it, what needs a reader comes first, and what is equal is one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bot.domain import Grade, ModelReport, NamedReport, Problem, Report, Status
from bot.render import figures, key_advice, lines, markdown_named, words
from bot.render.escape import fenced, prose
from bot.render.markdown_folds import Fold, fitting
from bot.render.markdown_models import DRESS, ICONS, fold, how_to_declare_keys, overview
from bot.render.room import Room
from bot.render.words import Labels

LIMIT = 60_000
_QUIET_ROWS = 40
_MOST_CHECKS = 40
_FOR_WHAT_IS_LEFT_OUT = 300
_SHARE_OF_DETAILS = 6
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
    keys = room.fitting(how_to_declare_keys(key_advice.advice(report, labels, DRESS)))

    named = words.named_gravest_first(report.named)
    checks, checks_shown = _checks(named, room)
    models = words.gravest_first(report.models)
    folds, wanted = _folds(models, named, labels, limit)
    in_folds = sum(len(fold.text(fold.vital)) for fold in folds)
    table, shown = _table(models, labels, room, reserve=min(in_folds, limit // _SHARE_OF_DETAILS))
    kept = fitting(folds, room)
    left_out = _left_out(models[shown:], len(named) - checks_shown, _folds_left_out(wanted - len(kept), named))
    blocks = [*top, *problem, *urgent, *table, *checks, *left_out, *to_do, *kept, "\n".join(asides), *keys, *footer]
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


def _checks(named: Sequence[NamedReport], room: Room) -> tuple[list[str], int]:
    """The table of the named checks as a block below its title, and how many are in it."""
    if not named:
        return [], 0
    header, rows = _beheaded(markdown_named.overview(named[:_MOST_CHECKS]))
    header = ["**Queries, assertions and metrics**", "", *header]
    kept = room.fitting_lines(header, rows, reserve=room.characters // 2)
    return (["\n".join([*header, *kept])] if kept else []), len(kept)


def _folds(
    models: Sequence[ModelReport], named: Sequence[NamedReport], labels: Labels, limit: int
) -> tuple[list[Fold], int]:
    """The folds of what has details, as many as may have room; and how many there are of them in all.

    Those of models and of checks that do not pass come before those of checks that do.
    """
    detailed = [one for one in named if markdown_named.has_fold(one)]
    loud = [one for one in detailed if one.finding.grade is not Grade.PASS]
    quiet = [one for one in detailed if one.finding.grade is Grade.PASS]
    described = [model for model in models if words.has_details(model)]
    all_of_them = chain(
        (markdown_named.fold(one, labels) for one in loud),
        (fold(model, labels) for model in described),
        (markdown_named.fold(one, labels) for one in quiet),
    )
    folds: list[Fold] = []
    needed = 0
    while needed <= limit and (one := next(all_of_them, None)) is not None:
        folds.append(one)
        needed += len(one.text(()))
    return folds, len(detailed) + len(described)


def _table(models: Sequence[ModelReport], labels: Labels, room: Room, reserve: int) -> tuple[list[str], int]:
    """The table as a block, and how many models are in it."""
    if not models:
        return [], 0
    loud = sum(1 for model in models if words.is_loud(model))
    header, rows = _beheaded(overview(models[: max(loud, _QUIET_ROWS)], labels))
    kept = room.fitting_lines(header, rows, reserve)
    return (["\n".join([*header, *kept])] if kept else []), len(kept)


def _beheaded(table: Sequence[str]) -> tuple[list[str], list[str]]:
    """The header of a table with its rule, and the other lines."""
    return list(table[:_HEADER]), list(table[_HEADER:])


def _folds_left_out(number: int, named: Sequence[NamedReport]) -> str:
    if not number:
        return ""
    return (
        f"the details of {figures.count(number)} models and checks"
        if named
        else f"the details of {figures.plural(number, 'model')}"
    )


def _left_out(models: Sequence[ModelReport], checks: int, folds: str) -> list[str]:
    """The line that says what this page does not show."""
    said = []
    if models:
        loud = sum(1 for model in models if words.is_loud(model))
        of_them = f", {figures.count(loud)} of them changed or not passing" if loud else ", none of them changed"
        said.append(f"{figures.plural(len(models), 'more model')}{of_them}")
    if checks:
        said.append(figures.plural(checks, "more check"))
    if folds:
        said.append(folds)
    return [f"*Left out here: {'; '.join(said)}. `report.json` has everything.*"] if said else []
