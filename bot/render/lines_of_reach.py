"""The lines about what the changes reach outside of the models, the same on every page."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain import Reader, Report, Through
from bot.render.dress import Dress, Labels

BREAKING, READERS = "Breaking for those who read it", "Reached outside of the models"
_FEW = 4


def breaking(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """What readers of a model may not survive, a line each."""
    if report.reach is None:
        return []
    names = {one.unique_id: _name(one, dress) for one in report.reach.readers}
    told = []
    for one in report.reach.breaks:
        about = f"{dress.name(_column(Through(one.unique_id, one.column), labels))} {dress.prose(one.what)}"
        readers = [names.get(uid) or dress.name(uid.rsplit(".", 1)[-1]) for uid in one.readers]
        told.append(f"{about}: read by {', '.join(dress.listed(readers, _FEW))}" if readers else about)
    return told


def readers(report: Report, labels: Labels, dress: Dress) -> list[str]:
    """Who reads what changed, a line each: what it is, whose, and by which columns it is reached."""
    return [_reader(one, labels, dress) for one in report.reach.readers] if report.reach else []


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
    return f"{dress.prose(one.kind.replace('_', ' '))} {dress.name(one.name)}"


def _column(one: Through, labels: Labels) -> str:
    name = labels.of(one.unique_id)
    return f"{name}.{one.column}" if one.column else name
