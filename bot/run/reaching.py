"""The chapter of reach: which columns, models and readers the changes of a request reach."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.lineage import reach
from bot.core.standing import Standing
from bot.domain import Column, ModelReport, Plan, Project, Reach, Side, Table
from bot.run.matter import Relations
from bot.run.twins import Twins


def find(
    models: Sequence[ModelReport],
    standings: Sequence[Standing],
    relations: Relations,
    built: tuple[tuple[Project, Project], Twins, Plan],
) -> Reach:
    """What the changes of all affected models reach.

    Args:
        models: as they were measured.
        standings: of the same models.
        relations: what the warehouse says of theirs.
        built: both projects, what dbt said of their nodes, and what was planned.
    """
    projects, results, plan = built
    columns: dict[Side, dict[str, Sequence[Column]]] = {side: {} for side in Side}
    for standing in standings:
        for side, name in ((Side.BASE, standing.base), (Side.HEAD, standing.head)):
            found = relations[side].get(name) if name else None
            if isinstance(found, Table):
                columns[side][standing.change.unique_id] = found.columns
    nodes = {Side.BASE: results.base_nodes, Side.HEAD: results.head_nodes}
    sql = {side: {uid: one.compiled for uid, one in told.items() if one.compiled} for side, told in nodes.items()}
    return reach.find(models, reach.Evidence(projects, sql, columns, tuple(plan.increments)))
