"""Incremental models are given the table that they go on with, before dbt builds them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from bot.domain import Beside, Incremental, Plan, Project, Side
from bot.world.warehouses.grounds import Brought, Env, Grounds

_BASE_LIKE = frozenset({Side.BASE, Beside.CONTROL, Beside.CONTROL_2, Beside.CONTROL_3})


def bring(grounds: Grounds, plan: Plan, env: Env, project: Project, unique_ids: Collection[str]) -> None:
    """Brings the tables that some nodes go on with into an environment that has begun and has none under their names:
    a copy of production's, or of base's. Base itself, and what is compared with it, starts from nothing then.

    Args:
        project: the side's that is built there.
        unique_ids: the nodes that will be built there.

    Raises:
        EnvironmentFailure: the warehouse refused.
    """
    if env is not Beside.INCREMENT and plan.incremental is not Incremental.INCREMENT:
        return
    of_production, of_base = {}, {}
    for uid, theirs in plan.increments.items():
        ours = project.nodes[uid].relation if uid in unique_ids else None
        if ours is not None and theirs is not None:
            of_production[ours] = theirs
        elif ours is not None and env not in _BASE_LIKE:
            of_base[ours] = ours
    if of_production:
        grounds.bring(env, Brought(of_production, plan.as_of or datetime.now(UTC)))
    if of_base:
        grounds.bring(env, Brought(of_base, Side.BASE))
