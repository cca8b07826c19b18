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

from bot.domain import Grade, ModelReport, NamedReport, Problem, Report, Status
from bot.render import figures, key_advice, lines, lines_of_tests, words
from bot.render.dress import Dress, Labels
from bot.render.escape import capped, shown, visible
from bot.render.tables import of_model, of_named
from bot.render.terminal_tables import briefly

_STYLES = {Grade.PASS: "green", Grade.WARN: "yellow", Grade.FAIL: "bold red", Grade.ERROR: "bold red"}
_QUIET_ROWS, _LOUD_ROWS = 40, 200
_MODELS_DETAILED = 20
_CHECKS_SHOWN, _CHECKS_DETAILED = 40, 10
# What stands for our own signs where the terminal cannot write them.
_ASCII = str.maketrans(
    {"→": ">", "−": "-", "–": "-", "·": "|", "…": "~", "⟨": "<", "⟩": ">", "␊": " ", "≈": "~", "∞": "inf", "␣": "_"}
)


def page(report: Report, console: Console) -> None:
    """Print the report. The verdict is the first line and the last."""
    if console.encoding.lower().startswith("utf"):
        _print(report, console)
        return
    with console.capture() as capture:
        _print(report, console)
    text = capture.get().translate(_ASCII)
    console.file.write(text.encode(console.encoding, "backslashreplace").decode(console.encoding))


def _print(report: Report, console: Console) -> None:
    for block in _page(report):
        console.print(block, highlight=False)


def _prose(text: str) -> str:
    return capped(visible(" ".join(text.split())), 400)


def _name(value: str) -> str:
    return shown(value, 100)


DRESS = Dress(name=_name, prose=_prose)


def _page(report: Report) -> Iterator[RenderableType]:
    labels = Labels(report.models)
    verdict = _verdict(report)
    yield verdict
    yield Text(words.commits(report.run, DRESS))
    yield from _problem(report.problem, report.headline)
    yield from _section("Could not be compared", lines.unreadable(report, labels, DRESS))
    failing = [lines_of_tests.failure(test, labels, DRESS) for test in lines_of_tests.newly_failing(report.tests)]
    yield from _section("Tests that fail since this change", DRESS.listed(failing))
    silent = [test.name for test in lines_of_tests.without_result(report.tests)]
    yield from _section("Tests without a result", [DRESS.names(silent)] if silent else [])
    nothing = words.without_models(report)
    if nothing:
        yield Text(nothing)
    models = words.gravest_first(report.models)
    yield from _overview(models, labels)
    yield from _checks(words.named_gravest_first(report.named))
    advice = words.advice(report)
    if advice:
        yield Text(f"\nWhat to do: {advice}\n" if report.named else f"What to do: {advice}\n")
    detailed = [model for model in models if words.has_details(model)]
    for model in detailed[:_MODELS_DETAILED]:
        yield from _details(model, labels)
    if len(detailed) > _MODELS_DETAILED:
        yield Text(
            f"\nThe details of {figures.plural(len(detailed) - _MODELS_DETAILED, 'more model')} are in report.json."
        )
    asides = lines.asides(report, labels, DRESS)
    if asides:
        yield Text()
        yield from (_labelled(line.label, line.text) for line in asides)
    yield from _key_advice(key_advice.advice(report, labels, DRESS))
    yield Text()
    yield Text(words.versions(report.run, DRESS), style="dim")
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
    yield _verbatim(problem.text)
    yield _labelled("What to do", _prose(problem.remedy))


def _verbatim(message: str) -> RenderableType:
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


def _overview(models: Sequence[ModelReport], labels: Labels) -> Iterator[RenderableType]:
    if not models:
        return
    loud = sum(1 for model in models if words.is_loud(model))
    shown = models[: min(max(loud, _QUIET_ROWS), _LOUD_ROWS)]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Result", no_wrap=True)
    table.add_column("Model", overflow="fold", min_width=16)
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("Row changes", justify="right", no_wrap=True)
    table.add_column("Columns", no_wrap=True)
    for model in shown:
        table.add_row(*_row(model, labels))
    yield table
    if len(models) > len(shown):
        yield Text(f"and {figures.plural(len(models) - len(shown), 'more model')}, in report.json")


def _row(model: ModelReport, labels: Labels) -> tuple[Text, ...]:
    counts, difference = words.rows(model)
    rows = model.rows
    changes = [(rows.removed, "removed"), (rows.added, "added"), (rows.changed, "changed")] if rows else []
    return (
        Text.assemble(
            (model.grade.value.upper(), _STYLES[model.grade]), f"\n{words.outcome(model).replace(', ', chr(10))}"
        ),
        Text.assemble((_name(labels.of(model.unique_id)), "bold"), (f"\n{words.kind(model)}", "dim")),
        Text("\n".join(filter(None, [counts, difference, words.sample(model)]))),
        Text("\n".join(f"{figures.count(number)} {word}" for number, word in changes if number)),
        Text(words.columns(model.columns).replace(", ", "\n")),
    )


def _details(model: ModelReport, labels: Labels) -> Iterator[RenderableType]:
    name = (_name(labels.of(model.unique_id)), "bold")
    yield Text.assemble("\n", (model.grade.value.upper(), _STYLES[model.grade]), " ", name, f" {words.kind(model)}")
    for line in lines.details(model, labels, DRESS):
        yield _labelled(line.label, line.text)
    reason = lines.long_reason(model)
    if reason:
        yield _verbatim(reason)
    yield from _yaml_to_add(model)
    yield from briefly(of_model(model))


def _yaml_to_add(model: ModelReport) -> Iterator[RenderableType]:
    for finding in model.findings:
        if finding.advice and not (finding.check == "keys" and key_advice.has_advice(model)):
            yield Text(f"  To add to the project (check {_name(finding.check)}):")
            yield Padding(_verbatim(finding.advice), (0, 0, 0, 2), expand=False)


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
        yield _verbatim(one.yaml)
