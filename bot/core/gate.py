"""What stands beside a commit, as the gate that a merge waits for. What could not run is an error, never a success."""

from __future__ import annotations

from bot.domain import CommitStatus, GateState, Report, Status

_LONGEST = 140
_FOREIGN = "by the fork's own job: "
_STATES = {Status.SUCCESS: GateState.SUCCESS, Status.FAILURE: GateState.FAILURE, Status.ERROR: GateState.ERROR}


def pending(context: str, url: str = "") -> CommitStatus:
    """The gate while a run is under way. `context` is the name of the gate."""
    return CommitStatus(context, GateState.PENDING, "building base and head, and comparing their data", url)


def of(report: Report, context: str, url: str = "") -> CommitStatus:
    """The gate as this report leaves it. A request that touches no data model is an active success."""
    state = _STATES[report.status]
    if report.problem is not None and state is GateState.SUCCESS:
        state = GateState.ERROR  # nothing was compared, whatever the report says of itself
    said = f"{_FOREIGN if report.run.is_foreign else ''}{report.headline}"
    return CommitStatus(context, state, _one_line(said) or f"the verdict is {state.value}", url)


def failed(
    words: str, context: str, url: str = "", *, interrupted: bool = False, is_foreign: bool = False
) -> CommitStatus:
    """The gate after a run that has no verdict: it failed by these words, or was interrupted."""
    happened = "interrupted, so nothing is known" if interrupted else "could not run"
    happened = f"{_FOREIGN if is_foreign else ''}{happened}"
    said = _one_line(f"{happened}: {words}" if words.strip() else happened)
    return CommitStatus(context, GateState.ERROR, said, url)


def restated(state: GateState, context: str, url: str = "", *, is_foreign: bool = False) -> CommitStatus:
    """The gate as another run on the same commit, whose word counts for more, has left it."""
    said = f"{_FOREIGN if is_foreign else ''}{state.value}: the verdict of a newer run on this commit"
    return CommitStatus(context, state, said, url)


def is_vouched_for(status: CommitStatus) -> bool:
    """Whether a run of our own said this, and not the job of a fork."""
    return not status.description.startswith(_FOREIGN)


def _one_line(text: str) -> str:
    """At most 140 characters that can be seen, cut between two words."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if len(line) <= _LONGEST:
        return line
    start = line[:_LONGEST]  # one character more than stays, so that a word that just fits is whole
    cut, blank, _ = start.rpartition(" ")
    return f"{cut if blank and len(cut) > _LONGEST // 2 else start[:-1]}…"
