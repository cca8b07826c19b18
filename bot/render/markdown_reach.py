"""What the changes reach, in Markdown: the picture of it."""

from __future__ import annotations

from bot.domain import ForgeKind, Reach, Report
from bot.render import figures, mermaid
from bot.render.dress import Labels
from bot.render.markdown_folds import folded

_LEGEND = "Thick frame: changed by the request itself. Dashed: not compared, and perhaps reached."


def diagram(report: Report, labels: Labels, forge: ForgeKind) -> str:
    """The picture, folded; empty where there is nothing to draw, or nobody who draws it."""
    reach = report.reach
    if reach is None or forge is ForgeKind.LOCAL or len(reach.models) + len(reach.readers) < 2:
        return ""
    drawn = mermaid.diagram(reach, labels)
    return folded(f"🗺️ What the changes reach: {_counted(reach)}", [f"```mermaid\n{drawn}\n```", _LEGEND])


def _counted(reach: Reach) -> str:
    changed = sum(one.is_changed for one in reach.models)
    parts = (
        (changed, "changed model"),
        (len(reach.models) - changed, "model"),
        (len(reach.readers), "reader"),
    )
    found = [figures.plural(number, noun) for number, noun in parts if number]
    return ", ".join([*found[:1], *(f"{one} below" if one.endswith(("model", "models")) else one for one in found[1:])])
