"""The chapter between the interview and the report: what of all that was seen is the request's own doing, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core import explanations, remaining
from bot.core import report as reports
from bot.core.judging import Judging
from bot.core.report import Seen
from bot.domain import ControlMode, ModelReport, Verified
from bot.run import commonalities, control, declaring, hybrids, increments
from bot.run.beside import Trial


@dataclass(frozen=True)
class Weighed:
    """What was seen, with what is known of its causes; how many nodes were built for that, and what a reader should
    know of it."""

    seen: tuple[Seen, ...]
    built: int
    notices: tuple[str, ...]


def weigh(trial: Trial, seen: Sequence[Seen], judging: Judging) -> Weighed:
    """Takes off what varies by itself, holds the rest against its declaration, and asks where it comes from.

    The control comes first, because all else is about what is left; where it is built for undeclared changes only, the
    declarations' conditions are asked before it, and again of what it changed. Increments come last, because they are
    about how the change is deployed.

    Raises:
        Interrupted: the run was stopped.
    """
    expectations = judging.expectations or {}
    seen = declaring.ask_conditions(trial, seen, expectations)
    suspicious = _suspicious(trial, seen, judging)
    ruled = control.rule_out_noise(trial, seen, suspicious)
    if ruled.seen != tuple(seen):
        seen = declaring.ask_conditions(trial, ruled.seen, expectations)
    proven = hybrids.prove(trial, seen, _changed(_judged(seen, judging)), suspicious)
    folded = explanations.explain(_judged(proven.seen, judging), trial.projects)
    wanted = [
        model.unique_id for model in folded if explanations.is_changed(model) and explanations.stands_alone(model)
    ]
    described = commonalities.describe(trial.matter, proven.seen, wanted)
    tried = increments.try_out(trial, described)
    built = ruled.built + proven.built + tried.built
    return Weighed(tried.seen, built, (*ruled.notices, *proven.notices))


def _suspicious(trial: Trial, seen: Sequence[Seen], judging: Judging) -> frozenset[str]:
    """The models that changed, without those that changed as declared where these are not to be built once more."""
    changed = remaining.suspicious(seen)
    if trial.policy.control is ControlMode.ALWAYS or judging.expectations is None:
        return changed
    as_declared = {
        model.unique_id
        for model in _judged(seen, judging)
        if model.declared is not None and model.declared.verified is Verified.AS_DECLARED
    }
    return changed - as_declared


def _changed(models: Sequence[ModelReport]) -> frozenset[str]:
    return frozenset(model.unique_id for model in models if explanations.is_changed(model))


def _judged(seen: Sequence[Seen], judging: Judging) -> tuple[ModelReport, ...]:
    return tuple(reports.of_model(one, judging) for one in seen)
