"""The part of report.json that tells what the changes reach."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain import Break, Reach, Reached, Reader, Spared, Through


def reach(reach: Reach | None) -> dict[str, object] | None:
    """What the changes reach; None where that is not known."""
    if reach is None:
        return None
    return {
        "models": [_reached(one) for one in reach.models],
        "readers": [_reader(one) for one in reach.readers],
        "breaks": [_break(one) for one in reach.breaks],
    }


def spared(spared: Spared | None) -> dict[str, object] | None:
    """What was not reached; None where nothing was spared."""
    if spared is None:
        return None
    confined = [{"unique_id": uid, "columns": list(columns)} for uid, columns in spared.confined.items()]
    return {"confined": confined, "models": list(spared.models), "tests": spared.tests}


def _reached(model: Reached) -> dict[str, object]:
    return {
        "unique_id": model.unique_id,
        "name": model.name,
        "is_changed": model.is_changed,
        "is_whole": model.is_whole,
        "is_measured": model.is_measured,
        "columns": [
            {"name": one.name, "is_measured": one.is_measured, "through": _through(one.through)}
            for one in model.columns
        ],
        "reads": list(model.reads),
        "through": _through(model.through),
        "doubt": model.doubt,
    }


def _reader(reader: Reader) -> dict[str, object]:
    return {
        "unique_id": reader.unique_id,
        "name": reader.name,
        "kind": reader.kind,
        "owner": reader.owner,
        "reads": list(reader.reads),
        "through": _through(reader.through),
        "is_measured": reader.is_measured,
    }


def _break(found: Break) -> dict[str, object]:
    return {
        "unique_id": found.unique_id,
        "column": found.column,
        "what": found.what,
        "readers": list(found.readers),
    }


def _through(through: Iterable[Through]) -> list[dict[str, object]]:
    return [{"unique_id": one.unique_id, "column": one.column} for one in through]
