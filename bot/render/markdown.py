"""A report as Markdown: the comment on a pull request, and the summary of a CI job.

The verdict is the first line. Below it, what needs a reader comes first, and what is equal is one line. What fails is
named even where there is no room to say more of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from bot.domain import DiffTable, Grade, ModelReport, NamedReport, Report, Whereabouts
from bot.render import (
    elsewhere,
    figures,
    key_advice,
    lines,
    lines_of_declared,
    lines_of_noise,
    lines_of_reach,
    lines_of_tests,
    markdown_named,
    markdown_proof,
    markdown_reach,
    markdown_top,
    words,
)
from bot.render.dress import Labels
from bot.render.gist import gist
from bot.render.markdown_folds import Fold, fitting
from bot.render.markdown_models import fold, how_to_declare_keys, overview, rows_left_out
from bot.render.markdown_roll import Failures, Roll
from bot.render.markdown_style import COMMENT, ICONS, SUMMARY, Style
from bot.render.markdown_table import beheaded
from bot.render.order import Entry, Order
from bot.render.room import Room, utf8
from bot.render.to_do import about_advisory, advice, deployment

LIMIT = 60_000
LIMIT_OF_SUMMARY = 1_000_000  # bytes
NOWHERE = Whereabouts()
_FOR_WHAT_IS_LEFT_OUT = 250
_SHARE_OF_DETAILS = 6
_FAILING = (Grade.FAIL, Grade.ERROR)
_MODELS, _BELOW, _TESTS, _SILENT, _CHECKS, _PROOFS = range(6)


def comment(report: Report, limit: int = LIMIT, whereabouts: Whereabouts = NOWHERE) -> str:
    """The comment on this report, in at most `limit` characters (2,000 or more).

    What has no room is left out in whole blocks, the least worth first, and a line says so, and where it is.
    """
    return _Page(report, Room(limit), COMMENT, whereabouts).text()


def summary(
    report: Report, whereabouts: Whereabouts = NOWHERE, *, draws: bool = True, limit: int = LIMIT_OF_SUMMARY
) -> str:
    """The summary of a job: as the comment, but of all there is, in at most `limit` bytes of UTF-8.

    Unless it `draws`, there are no diagrams in it: somebody shows it who knows no Mermaid.
    """
    style = replace(SUMMARY, draws=draws)
    return _Page(report, Room(limit, utf8), style, replace(whereabouts, url="")).text()


class _Page:
    """A page that is filled once: what is worth most takes its room first."""

    def __init__(self, report: Report, room: Room, style: Style, whereabouts: Whereabouts) -> None:
        self._size = room.left
        self._room = room
        self._report = report
        self._labels = Labels(report.models)
        self._style = replace(style, holder=elsewhere.holder(whereabouts))
        self._everything = elsewhere.everything(whereabouts)
        self._whereabouts = whereabouts
        room.left -= _FOR_WHAT_IS_LEFT_OUT + room.measure(self._everything)
        self._order = Order(report, is_whole=style.whole)
        self._entries = self._order.entries
        self._named, self._proofs = (
            [one for one in words.named_gravest_first(report.named) if one.is_declared is declared]
            for declared in (False, True)
        )
        self._tests = lines_of_tests.newly_failing(report.tests)

    def text(self) -> str:
        """The page, with a line end at its end."""
        report, room, dress, labels = self._report, self._room, self._style.dress, self._labels
        top = room.fitting([markdown_top.verdict(report)])
        room.left -= Roll.OF_TITLES
        top += room.fitting(markdown_top.introduction(report, dress))
        footer = room.fitting([markdown_top.colophon(report, dress, self._whereabouts)])
        to_do = len(room.fitting(self._to_do(is_proposed=bool(report.proposal))))
        accepted = self._accepted()
        roll = Roll(self._failures(), room.left, room.measure)
        room.left -= roll.cost
        problem = room.fitting(markdown_top.problem(report.problem, report.headline))
        said = room.fitting([gist(self._order, labels, dress)], reserve=room.left // 2)
        told = lines_of_reach.breaking(report, labels, dress)
        breaking = self._list(lines_of_reach.BREAKING, told, room.left * 2 // 3)
        unreadable = self._list("Could not be compared", lines.unreadable(report, labels, dress), room.left // 2)
        tests, tests_shown = self._failing_tests(roll)
        unmet = self._unmet()
        told = [f"- **{line.label}:** {line.text}" for line in lines.asides(report, labels, dress)]
        asides = room.fitting(told, reserve=room.left * 2 // 3)
        noise = self._noise()
        keys = room.fitting(how_to_declare_keys(key_advice.advice(report, labels, dress)), reserve=room.left // 2)
        checks, checks_shown = self._checks(roll)
        proofs, proofs_shown = self._author(roll)
        folds, folds_below, wanted = self._folds()
        table, entries_shown = self._table(roll, folds)
        told = lines_of_reach.readers(report, labels, dress)
        readers = self._list(lines_of_reach.READERS, told, room.left * 3 // 4)
        picture = markdown_reach.diagram(report, labels, self._whereabouts.forge) if self._style.draws else ""
        kept = room.fitting([picture], reserve=room.left * 2 // 3)
        drawn = len(kept)
        kept += [*fitting(folds, room), *fitting(folds_below, room)]
        proposal = room.fitting([markdown_proof.how_to_declare(report.proposal, self._whereabouts.forge)])
        models_shown = sum(_fails(entry) for entry in self._entries[:entries_shown])
        named, unnamed = roll.blocks((models_shown, 0, tests_shown, 0, checks_shown, proofs_shown))
        left_out = self._left_out(entries_shown, checks_shown, proofs_shown, wanted - len(kept) + drawn, unnamed)
        urgent = [*said, *breaking, *accepted, *problem, *unreadable, *tests, *table, *readers]
        urgent += [*noise, *checks, *proofs, *named, *unmet]
        below = [*self._to_do(is_proposed=bool(proposal))[:to_do], *kept, "\n".join(asides), *keys, *proposal]
        return "\n\n".join(filter(None, [*top, *urgent, *left_out, *below, *footer])) + "\n"

    def _to_do(self, *, is_proposed: bool) -> list[str]:
        """What a reader is told to do: a line about the gate, and one about what comes after it."""
        forge = self._whereabouts.forge
        mend = advice(self._report, self._style.dress, is_proposed=is_proposed, forge=forge)
        advisory = about_advisory(self._report)
        said = [f"**What to do:** {mend}"] if mend else [f"**The gate is open:** {advisory}"] if advisory else []
        deploy = deployment(self._report, self._labels, self._style.dress)
        return [*said, *([f"**To deploy:** {deploy}"] if deploy else [])]

    def _failures(self) -> list[Failures]:
        models = [self._labels.of(entry.models[0].unique_id) for entry in self._entries if _fails(entry)]
        below = [self._labels.of(model.unique_id) for model in self._order.rest]
        worst = next((model.grade for model in self._order.rest), Grade.PASS)
        tests = [test.name for test in self._tests if test.grade in _FAILING]
        silent = [test.name for test in lines_of_tests.without_result(self._report.tests)]
        checks, proofs = (
            [named.name for named in some if named.finding.grade in _FAILING] for some in (self._named, self._proofs)
        )
        only = " changed only because of what is above"
        return [
            Failures("failing model", models),
            Failures("model", below, after=only, is_quiet=True, icon=ICONS[worst]),
            Failures("newly failing dbt test", tests),
            Failures("dbt test", silent, after=" without a result"),
            Failures("failing check", checks),
            Failures("failing check", proofs, after=" of the author's"),
        ]

    def _unmet(self) -> list[str]:
        """What was declared and did not happen."""
        told = lines_of_declared.unmet(self._report, self._style.dress)
        items = [f"{ICONS[one.grade]} {said}" for one, said in told]
        return self._list("What was declared and did not happen", items, self._room.left * 2 // 3)

    def _noise(self) -> list[str]:
        """What varies without the change; what needs a reader with a sign before it."""
        found = lines_of_noise.lines(self._report.models, self._labels, self._style.dress)
        told = [f"{'' if one.label == lines_of_noise.NOISE else '⚠️ '}**{one.label}:** {one.text}" for one in found]
        return self._room.fitting(told, reserve=self._room.left // 2)

    def _author(self, roll: Roll) -> tuple[list[str], int]:
        """The checks by which the author proves the request, and how many of them are shown."""
        kept: list[str] = []
        if not self._proofs or not self._room.fits(markdown_proof.TITLE):
            return [], 0
        refunds = roll.refunds(_PROOFS)
        for place, one in enumerate(self._proofs):
            reserve = self._room.left // 2 - (refunds[place] if place < len(refunds) else 0)
            texts = markdown_proof.proof(one, self._labels, self._style)
            text = next((text for text in texts if self._room.fits(text, reserve)), None)
            if text is None:
                break
            self._room.left += refunds[place] if place < len(refunds) else 0
            kept.append(text)
        return [markdown_proof.TITLE, *kept] if kept else [], len(kept)

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
        header, rows = beheaded(markdown_named.overview(self._named[: max(loud, self._style.quiet)]))
        header = ["**Queries, assertions and metrics**", "", *header]
        kept = self._room.fitting_lines(header, rows, self._room.left // 2, roll.refunds(_CHECKS))
        return (["\n".join([*header, *kept])] if kept else []), len(kept)

    def _folds(self) -> tuple[list[Fold], list[Fold], int]:
        """The folds of what has details, and those of models that others explain, as many as may have room; and how
        many there are of them in all.

        Those of models and of checks that do not pass come before those of checks that do.
        """
        detailed = [named for named in self._named if markdown_named.has_fold(named)]
        described = [model for entry in self._entries for model in entry.models if words.has_details(model)]
        quiet = [named for named in detailed if named.finding.grade is Grade.PASS]
        loud = [named for named in detailed if named.finding.grade is not Grade.PASS]
        rest = {id(model) for model in self._order.rest}
        told: dict[DiffTable, str] = {}

        def of_model(model: ModelReport) -> Fold:
            group = self._order.led_by(model.unique_id)
            return fold(model, self._labels, self._style, told, group.members if group else ())

        def of_named(named: NamedReport) -> Fold:
            return markdown_named.fold(named, self._labels, self._style)

        alone = [model for model in described if model.unique_id not in self._order.below]
        below = [model for model in described if model.unique_id in self._order.below and id(model) not in rest]
        first = self._as_many_as_may_fit(chain(map(of_named, loud), map(of_model, alone), map(of_named, quiet)))
        last = self._as_many_as_may_fit(map(of_model, below))
        return first, last, len(detailed) + len(described)

    def _as_many_as_may_fit(self, folds: Iterator[Fold]) -> list[Fold]:
        found: list[Fold] = []
        needed = 0
        while needed <= self._size and (one := next(folds, None)) is not None:
            found.append(one)
            needed += len(one.text(()))
        return found

    def _table(self, roll: Roll, folds: Sequence[Fold]) -> tuple[list[str], int]:
        """The table of the models as a block, and how many rows it has. A part of the room stays for details."""
        if not self._entries:
            return [], 0
        reserve = self._needed_at_most(min(self._size // _SHARE_OF_DETAILS, self._room.left // 2), folds)
        loud = max((place for place, entry in enumerate(self._entries, 1) if _is_loud(entry)), default=0)
        entries = self._entries[: max(loud, self._style.quiet)]
        header, rows = beheaded(overview(entries, self._labels))
        back = iter(roll.refunds(_MODELS))
        refunds = [next(back, 0) if _fails(entry) else 0 for entry in entries]
        kept = self._room.fitting_lines(header, rows, reserve, refunds)
        return (["\n".join([*header, *kept])] if kept else []), len(kept)

    def _needed_at_most(self, most: int, folds: Sequence[Fold]) -> int:
        """How much room the folds want, counted up to `most`."""
        wanted = 0
        for one in folds:
            wanted += self._room.measure(one.text(one.vital))
            if wanted >= most:
                return most
        return wanted

    def _left_out(self, entries: int, checks: int, proofs: int, folds: int, unnamed: int) -> list[str]:
        """The line that says what this page does not show, and where it is."""
        models = [model for entry in self._entries[entries:] for model in entry.models]
        more_checks = len(self._named) - checks + len(self._proofs) - proofs
        said = []
        if models:
            said.append(rows_left_out(models))
        if more_checks:
            said.append(figures.plural(more_checks, "more check"))
        if unnamed:
            said.append(f"the names of {figures.count(unnamed)} that fail")
        if folds:
            things = f"{figures.count(folds)} models and checks" if self._named else figures.plural(folds, "model")
            said.append(f"the details of {things}")
        return [f"*Left out here: {'; '.join(said)}.* {self._everything}"] if said else []


def _fails(entry: Entry) -> bool:
    """Whether this is the row of a model that fails."""
    return not entry.is_rest and entry.models[0].grade in _FAILING


def _is_loud(entry: Entry) -> bool:
    return any(words.is_loud(model) for model in entry.models)
