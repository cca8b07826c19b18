"""The chapter that says which rows: what those of a changed model have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.checks import values
from bot.core import commonalities
from bot.core.commonalities import Figures
from bot.core.report import Seen
from bot.domain import Common, Finding, Inquiry, Outcome, Pair, Question, RowKind, Side
from bot.run import pairs, recording
from bot.run.matter import Matter
from bot.world.interview import conduct_all, learn
from bot.world.warehouses.contract import Asking

_MOST_MODELS = 20
_MOST_ROWS = 50_000_000
_KINDS = {RowKind.REMOVED: "removed", RowKind.ADDED: "added", RowKind.CHANGED: "changed"}


def describe(matter: Matter, seen: Sequence[Seen], wanted: Collection[str]) -> tuple[Seen, ...]:
    """Says of some models what their removed, added and changed rows have in common.

    Nothing is said of a pair that is too large or that the budget leaves no whole look at, and where a statement fails:
    this explains a difference, and whether there is one is told elsewhere.

    Args:
        matter: the interview, whose warehouse is still open.
        seen: what was seen of all affected models; what `values` has found says which rows there are.
        wanted: the unique ids of the models that are asked about, the gravest first; of many only the first.

    Returns:
        what was seen, with `common`, in the same order.

    Raises:
        Interrupted: the run was stopped.
    """
    by_id = {one.standing.change.unique_id: one for one in seen}
    chosen = [by_id[uid] for uid in list(wanted)[:_MOST_MODELS] if uid in by_id]
    asked = {one.standing.change.unique_id: figures for one in chosen if (figures := _figures(one))}
    jobs = [partial(_ask, matter, by_id[uid], figures) for uid, figures in asked.items()]
    told = dict(zip(asked, conduct_all(matter.warehouse, jobs, matter.threads), strict=True))
    return tuple(replace(one, common=told.get(one.standing.change.unique_id, one.common)) for one in seen)


def _figures(seen: Seen) -> Figures | None:
    """How many rows the comparison has found, where there is something to be said of them."""
    finding = next((one for one in seen.findings if one.check == values.NAME), None)
    if finding is None or finding.outcome is not Outcome.CHANGED or "sampled" in finding.measures:
        return None
    kinds = {kind: _number(finding, name) for kind, name in _KINDS.items()}
    if seen.noise and seen.noise.rows:  # which rows there are varies anyway
        kinds |= {RowKind.REMOVED: 0, RowKind.ADDED: 0}
    figures = Figures(kinds, {side: _number(finding, side) for side in Side})
    return figures if figures.promising and sum(figures.sides.values()) <= _MOST_ROWS else None


def _number(finding: Finding, name: str) -> int:
    number = finding.measures.get(name)
    return number if isinstance(number, int) else 0


def _ask(matter: Matter, seen: Seen, figures: Figures, asking: Asking) -> tuple[Common, ...]:
    pair = _look_at(matter, seen)
    if pair is None:
        return ()
    found: list[Common] = []

    def inquire(_questions: Collection[Question]) -> Inquiry:
        found.extend((yield from commonalities.find(pair, figures, matter.dialect)))
        return {}

    with recording.about(pair.unique_id):
        learn(inquire, (), matter.meter.watch(asking).ask)
    return tuple(found)


def _look_at(matter: Matter, seen: Seen) -> Pair | None:
    """The rows that `values` has looked at; None where that cannot be afforded once more."""
    uid = seen.standing.change.unique_id
    checks: Mapping[str, object] = matter.settings.models[uid].checks
    options = checks.get(values.NAME)
    if seen.pair is None or uid not in matter.loads or not isinstance(options, values.Options):
        return None
    view = pairs.view(matter, seen.pair, values.NAME, options)
    if isinstance(view, str) or view.share < 1:
        return None
    return view.of(pairs.beyond(seen.pair, seen.noise) if seen.noise else seen.pair, matter.dialect)
