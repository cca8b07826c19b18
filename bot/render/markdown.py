"""A report as Markdown: the comment on a pull request, and the summary of a CI job.

The verdict is the first line. Below it, what needs a reader comes first, and what is equal is one line. What fails is
named even where there is no room to say more of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from bot.domain import DiffTable, Grade, ModelReport, Report, Whereabouts
from bot.render import elsewhere, figures, key_advice, lines, lines_of_tests, markdown_named, markdown_top, words
from bot.render.dress import Labels
from bot.render.markdown_folds import Fold, fitting
from bot.render.markdown_models import fold, how_to_declare_keys, overview
from bot.render.markdown_roll import Failures, Roll
from bot.render.markdown_style import COMMENT, SUMMARY, Style
from bot.render.room import Room, utf8

LIMIT = 60_000
LIMIT_OF_SUMMARY = 1_000_000  # bytes
NOWHERE = Whereabouts()
_FOR_WHAT_IS_LEFT_OUT = 250
_SHARE_OF_DETAILS = 6
_HEADER = 2
_MODELS, _TESTS, _SILENT, _CHECKS = range(4)


def comment(report: Report, limit: int = LIMIT, whereabouts: Whereabouts = NOWHERE) -> str:
    """The comment on this report, in at most `limit` characters (2,000 or more).

    What has no room is left out in whole blocks, the least worth first, and a line says so, and where it is.
    """
    return _Page(report, Room(limit), COMMENT, whereabouts).text()


def summary(report: Report, whereabouts: Whereabouts = NOWHERE) -> str:
    """The summary of a job: as the comment, but of all there is, in at most `LIMIT_OF_SUMMARY` bytes of UTF-8."""
    return _Page(report, Room(LIMIT_OF_SUMMARY, utf8), SUMMARY, replace(whereabouts, url="")).text()


class _Page:
    """A page that is filled once: what is worth most takes its room first."""

    def __init__(self, report: Report, room: Room, style: Style, whereabouts: Whereabouts) -> None:
        self._size = room.left
        self._room = room
        self._report = report
        self._labels = Labels(report.models)
        self._style = replace(style, holder=elsewhere.holder(whereabouts))
        self._everything = elsewhere.everything(whereabouts)
        self._job = elsewhere.job(whereabouts)
        room.left -= _FOR_WHAT_IS_LEFT_OUT + room.measure(self._everything)
        self._models = words.gravest_first(report.models)
        self._named = words.named_gravest_first(report.named)
        self._tests = lines_of_tests.newly_failing(report.tests)

    def text(self) -> str:
        """The page, with a line end at its end."""
        report, room, dress, labels = self._report, self._room, self._style.dress, self._labels
        top = room.fitting([markdown_top.verdict(report)])
        room.left -= Roll.OF_TITLES
        top += room.fitting(markdown_top.introduction(report, dress))
        colophon = " · ".join(filter(None, [words.versions(report.run, dress), self._job]))
        footer = room.fitting([f"<sub>{colophon}</sub>"])
        advice = words.advice(report)
        to_do = room.fitting([f"**What to do:** {advice}"] if advice else [])
        accepted = self._accepted()
        roll = Roll(self._failures(), room.left, room.measure)
        room.left -= roll.cost
        problem = room.fitting(markdown_top.problem(report.problem, report.headline))
        unreadable = self._list("Could not be compared", lines.unreadable(report, labels, dress), room.left // 2)
        tests, tests_shown = self._failing_tests(roll)
        told = [f"- **{line.label}:** {line.text}" for line in lines.asides(report, labels, dress)]
        asides = room.fitting(told, reserve=room.left * 2 // 3)
        keys = room.fitting(how_to_declare_keys(key_advice.advice(report, labels, dress)), reserve=room.left // 2)

        checks, checks_shown = self._checks(roll)
        folds, wanted = self._folds()
        table, models_shown = self._table(roll, folds)
        kept = fitting(folds, room)
        named, unnamed = roll.blocks((models_shown, tests_shown, 0, checks_shown))
        left_out = self._left_out(models_shown, checks_shown, wanted - len(kept), unnamed)
        urgent = [*accepted, *problem, *unreadable, *tests, *table, *checks, *named, *left_out, *to_do]
        return "\n\n".join(filter(None, [*top, *urgent, *kept, "\n".join(asides), *keys, *footer])) + "\n"

    def _failures(self) -> list[Failures]:
        models = [self._labels.of(model.unique_id) for model in self._models if _fails(model.grade)]
        tests = [test.name for test in self._tests if _fails(test.grade)]
        silent = [test.name for test in lines_of_tests.without_result(self._report.tests)]
        checks = [named.name for named in self._named if _fails(named.finding.grade)]
        return [
            Failures("failing model", models),
            Failures("newly failing dbt test", tests),
            Failures("dbt test", silent, after=" without a result"),
            Failures("failing check", checks),
        ]

    def _accepted(self) -> list[str]:
        reasons = markdown_top.accepted(self._report, self._labels, self._style.dress)
        title = "Accepted for this commit"
        if len(reasons) == 1:
            return self._room.fitting([f"**{title}:** {reasons[0]}"])
        return self._list(title, reasons, self._room.left * 4 // 5)

    def _list(self, title: str, items: Sequence[str], reserve: int) -> list[str]:
        """The items below their title, as many as there is room for, so that `reserve` stays."""
        if not items:
            return []
        header = [f"**{title}**"]
        kept = self._room.fitting_lines(header, [f"- {item}" for item in items], reserve)
        if len(kept) < len(items):
            kept += self._room.fitting([f"- and {figures.count(len(items) - len(kept))} more"])
        return ["\n".join([*header, *kept])] if kept else []

    def _failing_tests(self, roll: Roll) -> tuple[list[str], int]:
        """The tests that newly fail, and how many of them are shown: the others are named elsewhere."""
        if not self._tests:
            return [], 0
        header = ["**Tests that fail since this change**"]
        told = (
            f"- {lines_of_tests.failure(test, self._labels, self._style.dress)}"
            for test in self._tests[: self._style.tests]
        )
        kept = self._room.fitting_lines(header, told, self._room.left // 2, roll.refunds(_TESTS))
        return (["\n".join([*header, *kept])] if kept else []), len(kept)

    def _checks(self, roll: Roll) -> tuple[list[str], int]:
        """The table of the named checks as a block below its title, and how many are in it."""
        if not self._named:
            return [], 0
        loud = sum(1 for named in self._named if named.finding.grade is not Grade.PASS)
        header, rows = _beheaded(markdown_named.overview(self._named[: max(loud, self._style.quiet)]))
        header = ["**Queries, assertions and metrics**", "", *header]
        kept = self._room.fitting_lines(header, rows, self._room.left // 2, roll.refunds(_CHECKS))
        return (["\n".join([*header, *kept])] if kept else []), len(kept)

    def _folds(self) -> tuple[list[Fold], int]:
        """The folds of what has details, as many as may have room; and how many there are of them in all.

        Those of models and of checks that do not pass come before those of checks that do.
        """
        detailed = [named for named in self._named if markdown_named.has_fold(named)]
        described = [model for model in self._models if words.has_details(model)]
        quiet = [named for named in detailed if named.finding.grade is Grade.PASS]
        loud = [named for named in detailed if named.finding.grade is not Grade.PASS]
        told: dict[DiffTable, str] = {}
        all_of_them = chain(
            (markdown_named.fold(named, self._labels, self._style) for named in loud),
            (fold(model, self._labels, self._style, told) for model in described),
            (markdown_named.fold(named, self._labels, self._style) for named in quiet),
        )
        folds: list[Fold] = []
        needed = 0
        while needed <= self._size and (one := next(all_of_them, None)) is not None:
            folds.append(one)
            needed += len(one.text(()))
        return folds, len(detailed) + len(described)

    def _table(self, roll: Roll, folds: Sequence[Fold]) -> tuple[list[str], int]:
        """The table of the models as a block, and how many models are in it. A part of the room stays for details."""
        if not self._models:
            return [], 0
        reserve = self._needed_at_most(min(self._size // _SHARE_OF_DETAILS, self._room.left // 2), folds)
        loud = sum(1 for model in self._models if words.is_loud(model))
        header, rows = _beheaded(overview(self._models[: max(loud, self._style.quiet)], self._labels))
        kept = self._room.fitting_lines(header, rows, reserve, roll.refunds(_MODELS))
        return (["\n".join([*header, *kept])] if kept else []), len(kept)

    def _needed_at_most(self, most: int, folds: Sequence[Fold]) -> int:
        """How much room the folds want, counted up to `most`."""
        wanted = 0
        for one in folds:
            wanted += self._room.measure(one.text(one.vital))
            if wanted >= most:
                return most
        return wanted

    def _left_out(self, models_shown: int, checks_shown: int, folds: int, unnamed: int) -> list[str]:
        """The line that says what this page does not show, and where it is."""
        models, checks = self._models[models_shown:], len(self._named) - checks_shown
        said = []
        if models:
            said.append(_rows_left_out(models))
        if checks:
            said.append(figures.plural(checks, "more check"))
        if unnamed:
            said.append(f"the names of {figures.count(unnamed)} that fail")
        if folds:
            things = f"{figures.count(folds)} models and checks" if self._named else figures.plural(folds, "model")
            said.append(f"the details of {things}")
        return [f"*Left out here: {'; '.join(said)}.* {self._everything}"] if said else []


def _fails(grade: Grade) -> bool:
    return grade in (Grade.FAIL, Grade.ERROR)


def _beheaded(table: Sequence[str]) -> tuple[list[str], list[str]]:
    """The header of a table with its rule, and the other lines."""
    return list(table[:_HEADER]), list(table[_HEADER:])


def _rows_left_out(models: Sequence[ModelReport]) -> str:
    loud = sum(1 for model in models if words.is_loud(model))
    of_them = f", {figures.count(loud)} of them changed or not passing" if loud else ", none of them changed"
    return f"the {'row' if len(models) == 1 else 'rows'} of {figures.plural(len(models), 'more model')}{of_them}"
