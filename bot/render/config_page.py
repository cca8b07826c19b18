"""What is configured becomes a page, or JSON: every value with the place that it comes from.

Models whose settings are the same, from the same places, are told together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.core.config import Line
from bot.domain import NamedCheck, Revision
from bot.render.escape import capped, shown, visible
from bot.render.figures import plural

_NAMED = 12
_ASCII = str.maketrans({"…": "~", "⟨": "<", "⟩": ">", "␊": " "})


@dataclass(frozen=True)
class Overview:
    """What is shown. `file` is empty where there is none; `models` are by unique id, in the order of their names."""

    file: str
    revision: Revision
    budget: tuple[Line, ...]
    models: tuple[tuple[str, tuple[Line, ...]], ...]
    named: tuple[NamedCheck, ...]
    notices: tuple[str, ...]
    policy: tuple[Line, ...] = ()
    warehouse: tuple[Line, ...] = ()


def json_text(overview: Overview) -> str:
    """Everything, for programs."""
    said = {
        "file": overview.file or None,
        "base": overview.revision.commit,
        "policy": [asdict(line) for line in overview.policy],
        "budget": [asdict(line) for line in overview.budget],
        "warehouse": [asdict(line) for line in overview.warehouse],
        "models": [{"unique_id": uid, "settings": [asdict(line) for line in lines]} for uid, lines in overview.models],
        "named": [{"check": one.check, "name": one.name, "where": one.where} for one in overview.named],
        "notices": list(overview.notices),
    }
    return json.dumps(said, indent=2) + "\n"


def page(overview: Overview, console: Console, *, verbose: bool) -> None:
    """Prints the page. `verbose` says that what has its default is shown, too."""
    utf = console.encoding.lower().startswith("utf")
    with console.capture() as capture:
        for block in _blocks(overview, verbose=verbose):
            console.print(block, highlight=False)
    text = capture.get()
    console.file.write(text if utf else text.translate(_ASCII).encode("ascii", "backslashreplace").decode())


def _blocks(overview: Overview, *, verbose: bool) -> Iterator[RenderableType]:
    revision = f"{overview.revision.commit[:9]}, {_name(overview.revision.name)}"
    told = _name(overview.file) if overview.file else f"none at base ({revision}): everything has its default"
    yield Text.assemble(("Configuration: ", "bold"), told)
    yield from (Text(f"Note: {visible(notice)}") for notice in overview.notices)
    if overview.policy:
        yield Text("\nthe gate", style="bold")
        yield _table(overview.policy)
    whole = (*overview.budget, *overview.warehouse)
    if whole:
        yield Text("\nthe whole run", style="bold")
        yield _table(whole)
    for names, lines in _grouped(overview.models):
        yield Text.assemble("\n", (_listed(names), "bold"))
        yield _table(lines if verbose else [line for line in lines if not line.is_default])
        if not verbose:
            yield from _defaults(lines)
    if overview.named:
        yield Text("\nbeside the models", style="bold")
        yield _table([Line(one.name, one.check, one.where) for one in overview.named])


def _grouped(models: Iterable[tuple[str, tuple[Line, ...]]]) -> list[tuple[list[str], tuple[Line, ...]]]:
    """The models by their settings, in the order of the first of each."""
    groups: dict[str, tuple[list[str], tuple[Line, ...]]] = {}
    for unique_id, lines in models:
        groups.setdefault(repr(lines), ([], lines))[0].append(unique_id.split(".", 2)[-1])
    return list(groups.values())


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(_name(name) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{listed}{more}" + (f" ({plural(len(names), 'model')})" if len(names) > 1 else "")


def _table(lines: Sequence[Line]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    for line in lines:
        table.add_row(Text(visible(line.path)), Text(_value(line.value)), Text(visible(line.origin)))
    return Padding(table, (0, 0, 0, 2), expand=False) if lines else Text("  everything has its default")


def _defaults(lines: Sequence[Line]) -> Iterator[Text]:
    """Which checks run, and which do not, because nobody said anything else."""
    checks = [line for line in lines if line.is_default and line.path.count(".") == 1 and line.path[:7] == "checks."]
    for is_on, word in ((True, "on"), (False, "off")):
        names = [line.path.removeprefix("checks.") for line in checks if line.value is is_on]
        if names:
            yield Text(f"  {word} by default: {', '.join(names)}", style="dim")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "-"
    if isinstance(value, str):
        return shown(value, 200)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return capped(visible(json.dumps(value, ensure_ascii=False)), 200)


def _name(value: str) -> str:
    return shown(value, 100)
