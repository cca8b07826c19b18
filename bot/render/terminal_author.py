"""What the author of a request adds to it, on a terminal: checks that prove it, and how to declare what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bot.core import forge_words
from bot.domain import ForgeKind, NamedReport
from bot.render import figures
from bot.render.dress import Dress, Labels
from bot.render.escape import visible
from bot.render.lines import message
from bot.render.tables import of_named
from bot.render.terminal_tables import briefly
from bot.render.words import named_outcome

_MOST = 10
_LONGEST = 20_000


def proofs(named: Sequence[NamedReport], labels: Labels, dress: Dress) -> Iterator[RenderableType]:
    """The author's own checks, each with what it proves and its result."""
    if named:
        yield Text("\nThe author's proof", style="bold")
    for one in named[:_MOST]:
        finding = one.finding
        title = f"{dress.prose(one.title)}: " if one.title.strip() else ""
        yield Text(f"{finding.grade.value.upper()} {title}{dress.name(one.check)} {dress.name(one.name)}", style="bold")
        reads = f" Reads {dress.names([labels.of(uid) for uid in one.models])}." if one.models else ""
        yield _inside(f"{named_outcome(one)}. {message(finding, dress).removesuffix('.')}.{reads}")
        if one.why.strip():
            yield _inside(f"Why: {dress.prose(one.why)}")
        yield from briefly(of_named(one))
    if len(named) > _MOST:
        yield Text(f"and {figures.plural(len(named) - _MOST, 'more check')} of the author's, in report.json")


def how_to_declare(proposal: str, forge: ForgeKind = ForgeKind.GITHUB) -> Iterator[RenderableType]:
    """A declaration of what was seen, to be copied; nothing where there is none, or where it would fill the screen."""
    if not proposal.strip():
        return
    yield Text("\nWas this meant? Declare it", style="bold")
    if len(proposal) > _LONGEST:
        yield Text("A declaration of exactly what was seen is in report.json, under `proposal`.")
        return
    described = f", or in the description of the {forge_words.of(forge).request}, in a fenced block marked `proofbot`"
    yield Text(f"In .proofbot/expect.yml{'' if forge is ForgeKind.LOCAL else described}:")
    text = "\n".join(visible(line) for line in proposal.strip("\r\n").splitlines())
    yield Padding(Text(text, no_wrap=True, overflow="ignore"), (0, 0, 0, 2), expand=False)


def _inside(text: str) -> RenderableType:
    return Padding(Text(text, overflow="fold"), (0, 0, 0, 2), expand=False)
