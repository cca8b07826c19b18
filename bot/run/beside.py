"""The environments beside the twins: some nodes are built once more, with the code of one side, on the data of one."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.domain import Beside, Change, Environment, NodeResult, Plan, Policy, Project, Side
from bot.run import twins
from bot.run.matter import Matter
from bot.run.stage import Setting, Stage, Unfolded
from bot.world.warehouses import duckdb_file
from bot.world.warehouses.duckdb import TwinFiles
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


@dataclass(frozen=True)
class Environs:
    """An environment beside the twins: its folders, and what dbt said of the nodes that were built in it."""

    folders: SideFolders
    results: Mapping[str, NodeResult]


def furnish(trial: Trial, which: Beside) -> SideFolders:
    """Makes the folders of an environment, with the code that it is built with, as often as it is asked for."""
    setting = trial.setting
    like = setting.head if which is Beside.HEAD_AGAIN else setting.base
    project = like.project.relative_to(like.tree)
    folders = trial.stage.workspace.side(like.side, project, like.database.name, which)
    if not folders.tree.exists():
        shutil.copytree(like.tree, folders.tree, symlinks=True)
        write_text(folders.profiles / "profiles.yml", (like.profiles / "profiles.yml").read_text(encoding="utf-8"))
        known = like.target / _PARTIAL_PARSE
        if known.exists():
            copy_file(known, folders.target / _PARTIAL_PARSE)
    return folders


def begin(trial: Trial, which: Beside, data: Side) -> SideFolders:
    """Lets an environment start as a copy of what one side has become."""
    folders = furnish(trial, which)
    source = trial.setting.base if data is Side.BASE else trial.setting.head
    duckdb_file.copy_still(source.database, folders.database)  # it is open for reading only, so it stands still
    return folders


def build(trial: Trial, folders: SideFolders, unique_ids: Collection[str]) -> Environs:
    """Builds nodes anew in an environment that has begun, with the code of its side.

    Args:
        unique_ids: as dbt knows them on that side.

    Raises:
        DbtFailed: dbt ended before it built anything.
    """
    project = trial.as_parsed[0 if folders.side is Side.BASE else 1]
    relations = {project.nodes[uid].relation for uid in unique_ids}
    duckdb_file.drop(folders.database, tuple(name for name in relations if name))
    results = twins.in_order(trial.setting.dbt, folders, trial.plan, unique_ids, project)
    revision = trial.unfolded.base if folders.side is Side.BASE else trial.unfolded.head
    name = folders.tree.parent.name.replace("-", " ")
    trial.stage.recorder.built(Environment(name, revision.commit, len(unique_ids)))
    return Environs(folders, results)


def open_for_questions(trial: Trial, which: Beside, environs: Environs) -> None:
    """Lets the interview see an environment.

    Raises:
        EnvironmentFailure: its database cannot be opened.
    """
    trial.matter.warehouse.add(which, TwinFiles(environs.folders.database, environs.folders.project))
