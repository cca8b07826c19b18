"""Folds of Markdown, and which of their tables have room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.render import figures
from bot.render.room import Room
from bot.render.tables import VITAL, WORTH

_MOST_REFUSED = 10  # tables of one worth, before no more are tried
_MOST_FOLDS_REFUSED = 50


@dataclass(frozen=True)
class Fold:
    """What is folded: a summary (HTML), parts of Markdown, and tables below them, each with its worth.

    A table is written only when there may be room for it; `holder` has those for which there is none.
    """

    summary: str
    parts: tuple[str, ...]
    tables: tuple[tuple[int, Callable[[], str]], ...] = ()
    holder: str = "`report.json`"

    @property
    def vital(self) -> set[int]:
        """The places of the tables that are worth most."""
        return {place for place, (worth, _) in enumerate(self.tables) if worth == VITAL}

    def text(self, kept: Collection[int]) -> str:
        """The fold with those of its tables, by place; of the others a line says that there are some."""
        tables = [write() for place, (_, write) in enumerate(self.tables) if place in kept]
        missing = len(self.tables) - len(tables)
        them = "it" if missing == 1 else "them"
        said = f"*No room here for {figures.plural(missing, 'table')}: {self.holder} has {them}.*" if missing else ""
        return folded(self.summary, [*self.parts, *tables, said])


def folded(summary: str, parts: Sequence[str]) -> str:
    """Parts of Markdown below a summary, which is HTML without an empty line."""
    return "\n\n".join(chain([f"<details><summary>{summary}</summary>"], filter(None, parts), ["</details>"]))


def fitting(folds: Sequence[Fold], room: Room) -> list[str]:
    """The folds that have room, with as many of their tables as have room, too; the room is taken.

    A fold goes before the tables of all folds, but for the most vital ones of its own.
    """
    kept: list[tuple[Fold, set[int]]] = []
    for place, fold in enumerate(folds):
        if place - len(kept) >= _MOST_FOLDS_REFUSED:
            break
        fits = next((tables for tables in (fold.vital, set[int]()) if room.fits(fold.text(tables))), None)
        if fits is not None:
            kept.append((fold, fits))
    for wanted in WORTH:
        refused = 0
        for fold, tables in kept:
            for place, (worth, write) in enumerate(fold.tables):
                if worth == wanted and place not in tables and refused < _MOST_REFUSED:
                    if room.fits(write()):
                        tables.add(place)
                    else:
                        refused += 1
    return [fold.text(tables) for fold, tables in kept]
