"""The environments beside the twins: some nodes are built once more, with the code of one side, on the data of one."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.domain import Beside, Change, Environment, NodeResult, Plan, Policy, Project, RelationName, Side
from bot.run import twins
from bot.run.bringing import bring
from bot.run.matter import Matter
from bot.run.stage import Setting, Stage, Unfolded
from bot.world.warehouses.grounds import Following
from bot.world.workspace import SideFolders, copy_file, write_text

_PARTIAL_PARSE = "partial_parse.msgpack"


@dataclass(frozen=True)
class Trial:
    """What the chapters after the interview need at hand. `projects` know renamed models by their new names;
    `as_parsed` are those that dbt knows."""

    stage: Stage
    setting: Setting
    unfolded: Unfolded
    plan: Plan
    change: Change
    projects: tuple[Project, Project]
    as_parsed: tuple[Project, Project]
    matter: Matter
    policy: Policy


def begin(trial: Trial, which: Beside, data: Side, without: Collection[RelationName] = ()) -> None:
    """Lets an environment start as a copy of what one side has become.

    Args:
        without: relations that are not copied.
    """
    furnish(trial, which)
    trial.setting.grounds.begin(which, Following(data, without), twins.managed(*trial.as_parsed))


def furnish(trial: Trial, which: Beside) -> SideFolders:
    """Makes the folders of an environment, with the code that it is built with, as often as it is asked for."""
    setting = trial.setting
    like = setting.head if _side(which) is Side.HEAD else setting.base
    folders = trial.stage.workspace.side(like.side, trial.unfolded.project, which)
    if not folders.tree.exists():
        shutil.copytree(like.tree, folders.tree, symlinks=True)
        write_text(folders.profiles / "profiles.yml", setting.grounds.profile(which))
        known = like.target / _PARTIAL_PARSE
        if known.exists():
            copy_file(known, folders.target / _PARTIAL_PARSE)
    return folders


def build(trial: Trial, which: Beside, unique_ids: Collection[str]) -> Mapping[str, NodeResult]:
    """Builds nodes anew in an environment that has begun, with the code of its side: incremental models as they are
    built on the sides that they are compared with.

    Args:
        unique_ids: as dbt knows them on that side.

    Returns:
        what dbt said of them, by unique id.

    Raises:
        DbtFailed: dbt ended before it built anything.
        EnvironmentFailure: the warehouse refused.
    """
    grounds, is_head = trial.setting.grounds, _side(which) is Side.HEAD
    project = trial.as_parsed[1 if is_head else 0]
    relations = {project.nodes[uid].relation for uid in unique_ids}
    grounds.drop(which, tuple(name for name in relations if name))
    bring(grounds, trial.plan, which, project, unique_ids)
    results = twins.in_order(trial.setting.dbt, furnish(trial, which), trial.plan, unique_ids, project)
    grounds.end(which)
    revision = trial.unfolded.head if is_head else trial.unfolded.base
    trial.stage.recorder.built(Environment(which.value, revision.commit, len(unique_ids)))
    return results


def open_for_questions(trial: Trial, which: Beside) -> None:
    """Lets the interview see an environment.

    Raises:
        EnvironmentFailure: it cannot be opened.
    """
    trial.setting.grounds.add(trial.matter.warehouse, which)


def _side(which: Beside) -> Side:
    """Whose code an environment is built with."""
    return Side.HEAD if which in (Beside.HEAD_AGAIN, Beside.INCREMENT) else Side.BASE
