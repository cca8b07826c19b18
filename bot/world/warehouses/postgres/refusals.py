"""What a refusal of Postgres means to the user, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import EnvironmentFailure
from bot.world.warehouses.postgres.session import Refused

_NO_GRANT = "42501"
_REMEDIES: Mapping[str, str] = {
    _NO_GRANT: "Grant the user of the target what is missing.",
    "53100": "The disk of the server is full: make room on it.",
    "53200": "The server is out of shared memory: raise `max_locks_per_transaction`.",
    "53300": "The server has no connection left: lower `threads`, or raise `max_connections`.",
    "53400": "The role's `temp_file_limit` is reached: raise it.",
    "55P03": "Another session holds a lock on it: wait until it is done, then start the run again.",
    "57014": "Allow statements more time by `warehouse: {statement_seconds: ...}`.",
}
_OTHERWISE = "Look at the log of the server, then start the run again."


def as_failure(refused: Refused, what: str, *, where: str | None = None, grant: str = "") -> EnvironmentFailure:
    """A refused statement of ours, as a failure of the surroundings.

    Args:
        what: what could not be done.
        grant: the statement that gives the user what is missing, where it is a grant.
    """
    remedy = _REMEDIES.get(refused.state, _OTHERWISE)
    if refused.state == _NO_GRANT and grant:
        remedy = f"Run `{grant}` as a user who may."
    return EnvironmentFailure(f"{what}: {refused.message}", where=where, remedy=remedy)
