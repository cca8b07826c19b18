"""Which columns vary by themselves is remembered with the origin that showed it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core import increments
from bot.run.beside import Trial
from bot.run.keys import origin_key, project_key
from bot.world import origin
from bot.world.workspace import root


def recall(trial: Trial) -> Mapping[str, Mapping[str, str]]:
    """The columns that vary in nearly all rows, with the cause, by the unique id of their model at base."""
    key = _key(trial)
    return origin.recall(root(), project_key(trial.unfolded), key) if key else {}


def remember(trial: Trial, volatile: Mapping[str, Mapping[str, str]]) -> None:
    """Keeps it for later runs with this origin, beside what is known already."""
    key = _key(trial) if volatile else None
    if key is None:
        return
    try:
        origin.remember(root(), project_key(trial.unfolded), key, volatile)
    except OSError as failure:
        trial.stage.progress.note(f"what varies by itself is not kept for later runs: {failure}")


def _key(trial: Trial) -> str | None:
    if increments.is_of_production(trial.plan):  # what varies there is not what varies in the origin that is kept
        return None
    return origin_key(trial.setting, trial.unfolded, trial.as_parsed[0])
