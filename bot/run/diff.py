"""The story of `proofbot diff`: one model of the working tree is compared with base's, for whoever is writing it."""

from __future__ import annotations

from rich.console import Console

from bot import run as story
from bot.core import portrait
from bot.domain import ModelReport, Outcome
from bot.errors import UsageError
from bot.render import diff_page
from bot.render.diff_page import Asked
from bot.render.words import ONE_SIDED, is_unreadable
from bot.run.recording import Recorder
from bot.run.stage import Request

_EQUAL = (Outcome.UNCHANGED, Outcome.EQUIVALENT, Outcome.NOISE, Outcome.VACUOUS)
SHOWN, DIFFERS, NOT_COMPARED = 0, 1, 3


def show(request: Request, log: Console, page: Console, *, is_judged: bool = False) -> int:
    """Compares the model of a request's focus, and shows it.

    Args:
        request: what to compare with what, and how; it has a focus.
        log: where progress goes.
        page: where the result goes.
        is_judged: whether the exit code says that the model differs.

    Returns:
        the exit code: 0 where it was shown, 3 where a side cannot be parsed or built. Where it is judged, 1 where it
        differs, and 3 where it is nothing that can be compared.

    Raises:
        UsageError: there is no such model, or there are several.
        ProofbotError: see `bot.run.prove`.
    """
    if request.focus is None:
        raise UsageError("no model is named", remedy="Name one: `proofbot diff orders`.")
    recorder = Recorder()
    report = story.prove(request, log, page, recorder=recorder)
    if report is None:
        return SHOWN
    asked = Asked(request.focus.model, request.focus.is_controlled, request.verbose)
    seen = portrait.draw(report, recorder.seen)
    diff_page.page(report, seen, asked, page)
    if report.problem or (seen and is_unreadable(seen.model)):
        return NOT_COMPARED
    return _judge(seen.model) if is_judged and seen else SHOWN


def _judge(model: ModelReport) -> int:
    if model.change.kind in ONE_SIDED:
        return DIFFERS
    if model.outcome is Outcome.SKIPPED:
        return NOT_COMPARED
    return SHOWN if model.outcome in _EQUAL else DIFFERS
