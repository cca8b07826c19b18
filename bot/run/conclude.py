"""The story of `proofbot conclude`, the step of a CI job that always runs: what a killed run left is settled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.core import leftovers
from bot.domain import CommitStatus, GateState, Place
from bot.domain.records import Record
from bot.world import workspace
from bot.world.forges.contract import Forge, ForgeError, Withheld
from bot.world.ledger import Ledger

_WORDS = "the run was stopped before it could finish"


def conclude(forge: Forge | None, place: Place, home: Path, log: Callable[[str], None]) -> int:
    """Sets the gates that this run of CI left pending to an error, and removes the folders of dead runs.

    A gate whose run still lives (another job of the same run, on the same machine) is left to it. One that could not
    be set stays on record.

    Args:
        forge: None where there is no token.
        home: our root.
        log: is told what was found.

    Returns:
        the exit code, always 0: the step before has failed already, and a forge never changes a verdict.
    """
    ledger = Ledger(home)
    for path in ledger.unreadable():
        log(f"{path} is no record of this version and is left alone")
    for gate in leftovers.open_gates(ledger.records(), place):
        if not ledger.is_held(gate):
            _settle(gate, forge, place, log, ledger)
    for folder in workspace.sweep(home):
        log(f"removed {folder}, which a run that was killed had left")
    return 0


def _settle(gate: Record, forge: Forge | None, place: Place, log: Callable[[str], None], ledger: Ledger) -> None:
    context, commit = gate.what["context"], gate.commit
    if forge is None:
        log(f"{context} on {commit[:9]} is still pending, and without a token nobody can settle it")
        return
    try:
        forge.set_status(commit, CommitStatus(context, GateState.ERROR, _WORDS, place.run_url))
    except Withheld:  # as it was from the beginning: it never was pending
        ledger.strike(gate.id)
        return
    except ForgeError as error:
        log(f"{context} on {commit[:9]} could not be set to error: {error}")
        return
    ledger.strike(gate.id)
    log(f"{context} on {commit[:9]} was set to error: {_WORDS}")
