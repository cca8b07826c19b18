"""A report as a page for a terminal or a plain log: readable at 80 columns, without colour, and without Unicode.

Untrusted text reaches rich as `Text` only, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.domain import ForgeKind, Grade, ModelReport, NamedReport, Problem, Report, Status
from bot.render import (
    figures,
    key_advice,
    lines,
    lines_of_causes,
    lines_of_declared,
    lines_of_noise,
    lines_of_reach,
    lines_of_tests,
    seal,
    terminal_author,
    to_do,
    words,
)
from bot.render.dress import Dress, Labels
from bot.render.escape import capped, shown, visible
from bot.render.gist import gist
from bot.render.order import Entry, Order
from bot.render.paper import put
from bot.render.tables import of_model, of_named
from bot.render.terminal_tables import briefly

_STYLES = {Grade.PASS: "green", Grade.WARN: "yellow", Grade.FAIL: "bold red", Grade.ERROR: "bold red"}
_QUIET_ROWS, _LOUD_ROWS = 40, 200
_MODELS_DETAILED = 20
_CHECKS_SHOWN, _CHECKS_DETAILED = 40, 10


def page(report: Report, console: Console, forge: ForgeKind = ForgeKind.GITHUB) -> None:
    """Print the report, in the words of the request's forge. The verdict is the first line and the last."""
    put(_page(report, forge), console)


def _prose(text: str) -> str:
    return capped(visible(" ".join(text.split())), 400)


def _name(value: str) -> str:
    return shown(value, 100)


DRESS = Dress(name=_name, prose=_prose)


def _page(report: Report, forge: ForgeKind) -> Iterator[RenderableType]:
    labels = Labels(report.models)
    verdict = _verdict(report)
    order = Order(report, is_whole=False)
    yield verdict
    yield Text(words.commits(report.run, DRESS))
    if report.policy:
        yield Text(f"Policy: {_prose(report.policy)}")
    said = gist(order, labels, DRESS)
    if said:
        yield Text(f"\n{said}")
    yield from _problem(report.problem, report.headline)
    yield from _section("Could not be compared", lines.unreadable(report, labels, DRESS))
    failing = [lines_of_tests.failure(test, labels, DRESS) for test in lines_of_tests.newly_failing(report.tests)]
    yield from _section("Tests that fail since this change", DRESS.listed(failing))
    silent = [test.name for test in lines_of_tests.without_result(report.tests)]
    yield from _section("Tests without a result", [DRESS.names(silent)] if silent else [])
    yield from _section(lines_of_reach.BREAKING, DRESS.listed(lines_of_reach.breaking(report, labels, DRESS)))
    nothing = words.without_models(report)
    if nothing:
        yield Text(nothing)
    yield from _overview(order.entries, labels)
    yield from _section(lines_of_reach.READERS, DRESS.listed(lines_of_reach.readers(report, labels, DRESS)))
    noise = lines_of_noise.lines(report.models, labels, DRESS)
    yield from (_labelled(line.label, line.text) for line in noise)
    named = words.named_gravest_first(report.named)
    yield from _checks([one for one in named if not one.is_declared])
    yield from terminal_author.proofs([one for one in named if one.is_declared], labels, DRESS)
    unmet = [f"{one.grade.value.upper()} {said}" for one, said in lines_of_declared.unmet(report, DRESS)]
    yield from _section("What was declared and did not happen", DRESS.listed(unmet))
    if noise or named or unmet:
        yield Text()
    yield from _to_do(report, labels, forge)
    detailed = [model for model in _by_worth(order) if words.has_details(model)]
    rest = {id(model) for model in order.rest}
    shown = [model for model in detailed if id(model) not in rest][:_MODELS_DETAILED]
    for model in shown:
        yield from _details(model, labels, order)
    if len(detailed) > len(shown):
        yield Text(f"\nThe details of {figures.plural(len(detailed) - len(shown), 'more model')} are in report.json.")
    asides = lines.asides(report, labels, DRESS)
    if asides:
        yield Text()
        yield from (_labelled(line.label, line.text) for line in asides)
    yield from _key_advice(key_advice.advice(report, labels, DRESS))
    yield from terminal_author.how_to_declare(report.proposal, forge)
    yield Text()
    versions = " · ".join(filter(None, [words.versions(report.run, DRESS), seal.words(report, "", DRESS)]))
    yield Text(versions, style="dim")
    yield verdict


def _verdict(report: Report) -> Text:
    grade = words.worst_grade(report) if report.status is Status.SUCCESS else Grade.FAIL
    return Text.assemble(
        (f"{grade.value.upper()}  ", _STYLES[grade]), (_prose(words.headline(report)), "bold"), overflow="fold"
    )


def _problem(problem: Problem | None, headline: str) -> Iterator[RenderableType]:
    if problem is None:
        return
    yield Text()
    if problem.title not in headline:
        yield Text(_prose(problem.title), style="bold")
    yield verbatim(problem.text)
    yield _labelled("What to do", _prose(problem.remedy))


def verbatim(message: str) -> RenderableType:
    """A message of dbt or the warehouse, line by line, a little in."""
    text = "\n".join(visible(line) for line in message.strip("\r\n").expandtabs(4).splitlines())
    return Padding(Text(capped(text, 6000), overflow="fold"), (0, 0, 0, 2), expand=False)


def _section(title: str, items: Sequence[str]) -> Iterator[RenderableType]:
    if items:
        yield Text(f"\n{title}", style="bold")
        yield from (_bullet(Text(item)) for item in items)


def _bullet(text: Text) -> RenderableType:
    """The text with a dash before it, and its other lines as far in."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    grid.add_row(Text("-"), text)
    return grid


def _labelled(label: str, text: str) -> RenderableType:
    return _bullet(Text.assemble((f"{label}: ", "bold"), text))


def _to_do(report: Report, labels: Labels, forge: ForgeKind) -> Iterator[RenderableType]:
    advice = to_do.advice(report, DRESS, is_proposed=bool(report.proposal), forge=forge)
    advisory = to_do.about_advisory(report)
    if advice:
        yield Text(f"What to do: {advice}\n")
    elif advisory:
        yield Text(f"The gate is open: {advisory}\n")
    deploy = to_do.deployment(report, labels, DRESS)
    if deploy:
        yield Text(f"To deploy: {deploy}\n")


def _by_worth(order: Order) -> list[ModelReport]:
    """The models, those that others explain last."""
    models = [model for entry in order.entries for model in entry.models]
    return sorted(models, key=lambda model: model.unique_id in order.below)


def _overview(entries: Sequence[Entry], labels: Labels) -> Iterator[RenderableType]:
    if not entries:
        return
    loud = max((place for place, one in enumerate(entries, 1) if any(map(words.is_loud, one.models))), default=0)
    shown = entries[: min(max(loud, _QUIET_ROWS), _LOUD_ROWS)]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Result", no_wrap=True)
    table.add_column("Model", overflow="fold", min_width=16)
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("Row changes", justify="right", no_wrap=True)
    table.add_column("Columns", no_wrap=True)
    for entry in shown:
        table.add_row(*(_rest(entry, labels) if entry.is_rest else _row(entry, labels)))
    yield table
    more = sum(len(entry.models) for entry in entries[len(shown) :])
    if more:
        yield Text(f"and {figures.plural(more, 'more model')}, in report.json")


def _rest(entry: Entry, labels: Labels) -> tuple[Text, ...]:
    first = entry.models[0]
    names = DRESS.names([labels.of(unique_id) for unique_id in entry.roots], 2)
    return (
        Text.assemble((first.grade.value.upper(), _STYLES[first.grade]), f"\n{first.outcome.value}"),
        Text(f"↳ and {figures.count(len(entry.models))} more downstream, changed only because of {names}"),
        *(Text() for _ in range(3)),
    )


def _row(entry: Entry, labels: Labels) -> tuple[Text, ...]:
    (model,) = entry.models
    counts, difference = words.rows(model)
    rows = model.rows
    changes = [(rows.removed, "removed"), (rows.added, "added"), (rows.changed, "changed")] if rows else []
    outcome = words.broken(words.outcome(model), " ", "\n").replace(",\n", "\n")
    because = lines_of_causes.because(model, labels, DRESS)
    kind = "\n".join(filter(None, [words.kind(model), because]))
    below = "↳ " if entry.is_below else ""
    return (
        Text.assemble((model.grade.value.upper(), _STYLES[model.grade]), f"\n{outcome}"),
        Text.assemble((f"{below}{_name(labels.of(model.unique_id))}", "bold"), (f"\n{kind}", "dim")),
        Text("\n".join(filter(None, [counts, difference, words.sample(model)]))),
        Text("\n".join(f"{figures.count(number)} {word}" for number, word in changes if number)),
        Text(words.columns(model.columns).replace(", ", "\n")),
    )


def _details(model: ModelReport, labels: Labels, order: Order) -> Iterator[RenderableType]:
    name = (_name(labels.of(model.unique_id)), "bold")
    yield Text.assemble("\n", (model.grade.value.upper(), _STYLES[model.grade]), " ", name, f" {words.kind(model)}")
    group = order.led_by(model.unique_id)
    for line in lines.details(model, labels, DRESS, group.members if group else ()):
        yield _labelled(line.label, line.text)
    yield from _declared(model)
    reason = lines.long_reason(model)
    if reason:
        yield verbatim(reason)
    yield from _yaml_to_add(model)
    yield from briefly(of_model(model))


def _declared(model: ModelReport) -> Iterator[RenderableType]:
    clauses = lines_of_declared.clauses(model, DRESS)
    if clauses:
        yield Text("  Declared and seen")
        yield from (Padding(_bullet(Text(text)), (0, 0, 0, 2), expand=False) for text in clauses)


def _yaml_to_add(model: ModelReport) -> Iterator[RenderableType]:
    for finding in model.findings:
        if finding.advice and not (finding.check == "keys" and key_advice.has_advice(model)):
            yield Text(f"  To add to the project (check {_name(finding.check)}):")
            yield Padding(verbatim(finding.advice), (0, 0, 0, 2), expand=False)


def _checks(named: Sequence[NamedReport]) -> Iterator[RenderableType]:
    """The named checks: a row each, and below them the tables of those that do not pass."""
    if not named:
        return
    yield Text("\nQueries, assertions and metrics", style="bold")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Result", no_wrap=True)
    table.add_column("Check", overflow="fold", min_width=16)
    table.add_column("Message", overflow="fold")
    for one in named[:_CHECKS_SHOWN]:
        finding = one.finding
        table.add_row(
            Text.assemble((finding.grade.value.upper(), _STYLES[finding.grade]), f"\n{words.named_outcome(one)}"),
            Text.assemble((_name(one.name), "bold"), (f"\n{_name(one.check)}", "dim")),
            Text(lines.message(finding, DRESS)),
        )
    yield table
    if len(named) > _CHECKS_SHOWN:
        yield Text(f"and {figures.plural(len(named) - _CHECKS_SHOWN, 'more check')}, in report.json")
    for one in [one for one in named if one.finding.grade is not Grade.PASS][:_CHECKS_DETAILED]:
        tables = of_named(one)
        if tables:
            yield Text(f"{one.finding.grade.value.upper()} {_name(one.check)} {_name(one.name)}", style="bold")
            yield from briefly(tables)


def _key_advice(advice: Sequence[key_advice.Advice]) -> Iterator[RenderableType]:
    for one in advice:
        yield Text(f"\n{one.title}", style="bold")
        yield from (Text(paragraph) for paragraph in one.paragraphs)
        yield from (_bullet(Text(item)) for item in one.items)
        yield Text(one.invitation)
        yield verbatim(one.yaml)
