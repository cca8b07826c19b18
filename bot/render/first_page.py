"""What `proofbot init` saw and wrote, as a page for people."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.core.first.outlook import Layer, Outlook
from bot.domain import Fate, FirstFile, FirstLook, ForgeKind
from bot.render.escape import visible
from bot.render.figures import plural

_NAMED = 5
_ASCII = str.maketrans({"✓": "+", "→": ">", "·": "-"})


def page(look: FirstLook, outlook: Outlook, console: Console) -> None:
    """Prints the project in figures, each file with its text or what it would change, and the next steps."""
    utf = console.encoding.lower().startswith("utf")
    with console.capture() as capture:
        console.print(Text(f"{visible(outlook.name)}, dbt-{outlook.adapter}", style="bold"))
        console.print(_table(outlook))
        for line in (*_keys(outlook), *_personal(outlook)):
            console.print(Text(line), soft_wrap=True)
        for file in look.files:
            _file(file, console)
        console.print(Text("\nNext", style="bold"))
        for line in (*look.notices, *_steps(look)):
            console.print(Text(f"  → {visible(line)}"), soft_wrap=True)
    text = capture.get()
    console.file.write(text if utf else text.translate(_ASCII).encode("ascii", "backslashreplace").decode())


def _table(outlook: Outlook) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for heading in ("there are", "with a key", "without"):
        table.add_column(heading, justify="right")
    for layer in Layer:
        nodes = outlook.of(layer)
        if nodes:
            keyed = sum(one.key is not None for one in nodes)
            table.add_row(f"  {layer.value}", str(len(nodes)), str(keyed), str(len(nodes) - keyed))
    return table


def _keys(outlook: Outlook) -> Iterator[str]:
    sources: dict[str, int] = {}
    for one in outlook.nodes:
        if one.key is not None:
            sources[one.key.source.value] = sources.get(one.key.source.value, 0) + 1
    if sources:
        told = ", ".join(f"{count} by {source}" for source, count in sorted(sources.items()))
        yield f"Keys found: {told}."
    missing = outlook.without_key
    if missing:
        yield f"Keys missing: {_some([one.name for one in missing])}."
        proposed = [f"{visible(one.name)} by {visible(one.proposed[0])}" for one in missing if one.proposed]
        yield "  → test unique and not_null, or say `key:`; until then the data proposes one (infer_keys)"
        if proposed:
            yield f"  → by name these could be it: {_listed(proposed)}"


def _personal(outlook: Outlook) -> Iterator[str]:
    if outlook.personal:
        yield f"Personal by name, masked: {_some(tuple(outlook.personal))}."
    if outlook.people:
        yield f"The name of people, masked: {_some([f'{name}.name' for name in outlook.people])}."
    if outlook.marks:
        yield f"Personal by tag or meta, never shown: {_some(outlook.marks)}."


def _file(file: FirstFile, console: Console) -> None:
    if file.fate is not Fate.KEPT:
        _heading("✓ ", "green", file.path, file.fate.value, console)
        _lines(file.text.splitlines(), console)
    elif file.there == file.text:
        _heading("· ", "yellow", file.path, "there already, and the same", console)
    elif file.there is None:
        _heading("· ", "yellow", file.path, "there already, and kept as it is. It would be:", console)
        _lines(file.text.splitlines(), console)
    else:
        _heading("· ", "yellow", file.path, "there already, and kept as it is. To what it would be:", console)
        pair = (file.there.splitlines(), file.text.splitlines())
        _lines([*difflib.unified_diff(*pair, "as it is", "as proposed", lineterm="", n=1)], console)


def _heading(sign: str, style: str, path: str, words: str, console: Console) -> None:
    console.print(Text.assemble("\n", (sign, style), (visible(path), "bold"), f": {words}"), soft_wrap=True)


def _lines(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        console.print(Text(f"    {visible(line)}".rstrip()), soft_wrap=True, highlight=False)


def _steps(look: FirstLook) -> Iterator[str]:
    if look.include:
        yield f"add to .gitlab-ci.yml:  include: [{{local: {look.include}}}]"
    if look.secrets or look.variables:
        yield from _settings(look)
    if look.forge is ForgeKind.GITLAB:
        yield "make a token with the scope api: the CI/CD variable PROOFBOT_GITLAB_TOKEN, masked, not protected"
    at = f" --project-dir {shlex.quote(look.project)}" if look.project else ""
    yield f"`proofbot doctor{at}` says what works here"
    yield f"`proofbot run --working-tree{at}` compares what you change with the last commit"
    if look.to_add:
        yield f"commit: `git add {' '.join(map(shlex.quote, look.to_add))}`. The configuration counts once it is merged"


def _settings(look: FirstLook) -> Iterator[str]:
    where = {
        ForgeKind.GITHUB: "Settings, Secrets and variables, Actions",
        ForgeKind.GITLAB: "Settings, CI/CD, Variables (not protected)",
        ForgeKind.LOCAL: "your CI",
    }[look.forge]
    for what, names in (("secret", look.secrets), ("variable", look.variables)):
        if names:
            yield f"set {plural(len(names), what)} in {where}: {', '.join(names)}"


def _some(names: Sequence[str]) -> str:
    return _listed([visible(name) for name in names])


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:_NAMED])
    return f"{shown} and {len(words) - _NAMED} more" if len(words) > _NAMED else shown
