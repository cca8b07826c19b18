"""What a refusal of Postgres means to the user, and what to do about it."""

from __future__ import annotations

from bot.errors import EnvironmentFailure
from bot.world.warehouses.postgres.remedies import NO_GRANT, REMEDIES
from bot.world.warehouses.postgres.session import Refused

_OTHERWISE = "Look at the log of the server, then start the run again."


def as_failure(refused: Refused, what: str, *, where: str | None = None, grant: str = "") -> EnvironmentFailure:
    """A refused statement of ours, as a failure of the surroundings.

    Args:
        what: what could not be done.
        grant: the statement that gives the user what is missing, where it is a grant.
    """
    remedy = REMEDIES.get(refused.state, _OTHERWISE)
    if refused.state == NO_GRANT and grant:
        remedy = f"Run `{grant}` as a user who may."
    return EnvironmentFailure(f"{what}: {refused.message}", where=where, remedy=remedy)
