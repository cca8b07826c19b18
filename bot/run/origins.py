"""The chapter of the origin: where that is production, its manifest is found, and the plan leaves out what it has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.core import plan as plans
from bot.core import production
from bot.domain import Change, OriginOptions, Plan, Project, Side
from bot.errors import UsageError
from bot.run.stage import Setting, Stage, Unfolded
from bot.world import states


@dataclass(frozen=True)
class Manifest:
    """Production's manifest.json: what it says in JSON, the SHA-256 of its bytes, and where it is. All is empty where
    the origin is the merge base."""

    document: object = None
    digest: str = ""
    where: str = ""


def find(stage: Stage, unfolded: Unfolded, options: OriginOptions) -> Manifest:
    """Finds production's manifest, if production is the origin: by the command line, or else by the configuration.

    Raises:
        UsageError: nobody says where it is, it is not there, or it is none.
        EnvironmentFailure: it cannot be fetched.
    """
    if not options.is_production and not stage.request.state:
        return Manifest()
    place = stage.request.state or options.state
    if not place:
        raise UsageError(
            "the origin is production, and nobody says where its manifest.json is",
            remedy="Say it as `origin: {from: production, state: a/folder}`, or by `--state`; docs/origin.md.",
        )
    if states.is_address(place):
        stage.progress.step("fetching the state of production")
        content, document = states.fetch(place, _token(options))
    else:
        path = unfolded.checkout / os.path.expanduser(place)  # noqa: PTH111 (also for users unknown)
        content, document = states.load(_trusted(stage, unfolded, path))
    return Manifest(document, hashlib.sha256(content).hexdigest(), states.shown(place))


def draw_up(
    setting: Setting, manifest: Manifest, change: Change, projects: tuple[Project, Project], asked: Collection[str]
) -> tuple[Plan, tuple[str, ...]]:
    """The plan, and notices of what it reads in production.

    Args:
        asked: nodes that will be asked about though the request may not affect them.

    Raises:
        UsageError: the manifest is none of this project, or production cannot be read.
        EnvironmentFailure: the warehouse cannot be reached.
    """
    plan = plans.draw_up(change, *projects, asked)
    if not manifest.digest:
        return plan, ()
    base, grounds = projects[0], setting.grounds
    state = production.read(manifest.document, base, manifest.where)
    own = production.differing(state.project, base, lambda relation: grounds.stray(relation) is None)
    reasons = production.stale(base, own)
    wanted = production.candidates(plan, change, base, state.project, reasons)
    readable = grounds.readable(frozenset(wanted.values())) if wanted else frozenset()
    production.require_some(wanted.values(), readable, state)
    shown = {uid: relation for uid, relation in wanted.items() if relation in readable}
    plan = production.explained(plans.draw_up(change, *projects, asked, shown), change, reasons)
    if not plan.shown and not plan.rebuilt:
        return plan, ()  # the request reads nothing but what it affects
    return plan, production.notices(plan, state, base, own, datetime.now(UTC))


def _trusted(stage: Stage, unfolded: Unfolded, path: Path) -> Path:
    """Where the manifest is read: one that is in the repository is base's.

    Raises:
        UsageError: it is the request that brings it, so it could say of itself what is the same in production.
    """
    file, root = states.file_of(path).resolve(), unfolded.repository.root.resolve()
    if not file.is_relative_to(root):
        return path
    at_base, at_head = (stage.workspace.tree_of(side) / file.relative_to(root) for side in Side)
    if at_base.is_file():
        return at_base
    if at_head.exists() and not unfolded.head.working_tree:
        raise UsageError(
            "the request itself brings the state of production",
            where=str(file),
            remedy="Leave production's manifest.json where no commit has it, such as in a folder that git ignores.",
        )
    return path


def _token(options: OriginOptions) -> str | None:
    """The token that the configuration names.

    Raises:
        UsageError: the variable is not set.
    """
    if options.token_env is None:
        return None
    token = os.environ.get(options.token_env, "").strip()
    if not token:
        raise UsageError(
            f"the environment variable {options.token_env} is not set, which `origin.token_env` names",
            remedy="Hand it to the job as a secret.",
        )
    return token
