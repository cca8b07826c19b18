"""What the author of a request adds to it, in Markdown: checks that prove it, and how to declare what was seen."""

from __future__ import annotations

from dataclasses import replace

from bot.core import forge_words
from bot.domain import ForgeKind, NamedReport
from bot.render.dress import Labels
from bot.render.escape import code_span, fenced, prose
from bot.render.lines import message
from bot.render.markdown_evidence import evidence
from bot.render.markdown_folds import folded
from bot.render.markdown_style import Style, icon
from bot.render.tables import of_named
from bot.render.words import named_outcome

TITLE = "**The author's proof**"
_ROWS = 10
_EXACTLY = "It declares exactly what was seen: delete what was not meant."


def proof(named: NamedReport, labels: Labels, style: Style) -> tuple[str, str]:
    """A check of the author's: whole, with its result, and without the table of it."""
    finding = named.finding
    title = f"**{prose(named.title, 200)}** ({_check(named)})" if named.title.strip() else _check(named)
    reads = f" Reads {style.dress.names([labels.of(uid) for uid in named.models])}." if named.models else ""
    found = message(finding, style.dress).removesuffix(".")
    said = f"{icon(finding.grade, named.accepted)} {title}: {named_outcome(named)}. {found}.{reads}"
    why = [f"**Why:** {prose(named.why, 600)}"] if named.why.strip() else []
    parts = [said, *why]
    few = style if style.whole else replace(style, rows=_ROWS)
    tables = [evidence(one.table, few) for one in of_named(named)]
    return "\n\n".join([*parts, *tables]), "\n\n".join(parts)


def how_to_declare(proposal: str, forge: ForgeKind = ForgeKind.GITHUB) -> str:
    """The fold with a declaration to paste into the description of the request, or into the file for declarations where
    nobody reads descriptions; empty where there is none."""
    if not proposal.strip():
        return ""
    # Never cut: half a declaration would declare something else. The outer fence lets the inner one be copied, too.
    room = len(proposal) * 10
    if forge is ForgeKind.LOCAL:
        where, block = "Put this into `.proofbot/expect.yml` on this branch", fenced(proposal, room, "yaml")
    else:
        request = forge_words.of(forge).request
        where = f"Paste this into the description of the {request}, fence and all"
        block = fenced(fenced(proposal, room, "proofbot"), room + 200, "markdown")
    return folded("📝 Was this meant? Declare it", [f"{where}, and say why. {_EXACTLY}", block])


def _check(named: NamedReport) -> str:
    return f"{prose(named.check, 60)} {code_span(named.name, 60)}"
