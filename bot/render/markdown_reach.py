"""What the changes reach, in Markdown: what may break readers, who reads what changed, and the picture of it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain import ForgeKind, Reach, Reader, Report, Through
from bot.render import figures, mermaid
from bot.render.dress import Dress, Labels
from bot.render.escape import prose
from bot.render.markdown_folds import folded

BREAKING, READERS = "Breaking for those who read it", "Reached outside of the models"
_FEW = 4
_LEGEND = "Thick frame: changed by the request itself. Dashed: not compared, and perhaps reached."


def breaking(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """What readers of a model may not survive, a line each."""
    if report.reach is None:
        return []
    names = {one.unique_id: _name(one, dress) for one in report.reach.readers}
    told = []
    for one in report.reach.breaks:
        about = f"{dress.name(_column(Through(one.unique_id, one.column), labels))} {prose(one.what, 200)}"
        readers = [names.get(uid) or dress.name(uid.rsplit(".", 1)[-1]) for uid in one.readers]
        told.append(f"{about}: read by {', '.join(dress.listed(readers, _FEW))}" if readers else about)
    return told


def readers(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """Who reads what changed, a line each: what it is, whose, and by which columns it is reached."""
    return [_reader(one, labels, dress) for one in report.reach.readers] if report.reach else []


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


def _reader(one: Reader, labels: Labels, dress: Dress) -> str:
    owner = f", owner {dress.name(one.owner)}" if one.owner else ""
    how = "reached" if one.is_measured else "perhaps reached"
    through = ", ".join(dress.listed([dress.name(_column(each, labels)) for each in _few(one.through)], _FEW))
    return f"{_name(one, dress)}{owner}, {how} through {through}" if through else f"{_name(one, dress)}{owner}, {how}"


def _few(through: Iterable[Through]) -> list[Through]:
    """The columns, but for those of models that are reached as a whole."""
    whole = {one.unique_id for one in through if not one.column}
    return [one for one in through if not one.column or one.unique_id not in whole]


def _name(one: Reader, dress: Dress) -> str:
    return f"{prose(one.kind.replace('_', ' '), 40)} {dress.name(one.name)}"


def _column(one: Through, labels: Labels) -> str:
    name = labels.of(one.unique_id)
    return f"{name}.{one.column}" if one.column else name
