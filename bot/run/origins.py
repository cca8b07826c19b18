"""The chapter of the origin: where that is production, its manifest is found, and the plan leaves out what it has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.core import increments, production
from bot.core import plan as plans
from bot.domain import Change, Incremental, OriginOptions, Plan, Project, RelationName, Side
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


@dataclass(frozen=True)
class Wanted:
    """What the plan is to be like: which nodes will be asked about though the request may not affect them, and how
    incremental models are built."""

    asked: Collection[str] = ()
    incremental: Incremental = Incremental.FULL


def draw_up(
    setting: Setting, manifest: Manifest, change: Change, projects: tuple[Project, Project], wanted: Wanted
) -> tuple[Plan, tuple[str, ...]]:
    """The plan, and notices of what it reads in production and of which models it builds as increments.

    Raises:
        UsageError: the manifest is none of this project, or production cannot be read.
        EnvironmentFailure: the warehouse cannot be reached.
    """
    found = _Increments(wanted.incremental, change, projects)
    plan = plans.draw_up(change, *projects, wanted.asked)
    if not manifest.digest:
        return found.planned(plan), found.notices(plan)
    base, grounds, now = projects[0], setting.grounds, datetime.now(UTC)
    state = production.read(manifest.document, base, manifest.where)
    own = production.differing(state.project, base, lambda relation: grounds.stray(relation) is None)
    reasons = production.stale(base, own)
    readable_there = production.candidates(plan, change, base, state.project, reasons)
    histories = found.seek(state.project, own)
    names = frozenset((*readable_there.values(), *histories.values()))
    readable = grounds.readable(names) if names else frozenset()
    production.require_some(readable_there.values(), readable, state)
    found.take(readable)
    shown = {uid: relation for uid, relation in readable_there.items() if relation in readable}
    plan = production.explained(plans.draw_up(change, *projects, wanted.asked, shown), change, reasons)
    plan = replace(found.planned(plan), as_of=now)
    if not plan.shown and not plan.rebuilt:
        return plan, found.notices(plan)  # the request reads nothing but what it affects
    return plan, (*production.notices(plan, state, base, own, now), *found.notices(plan))


class _Increments:
    """The models that are built as increments, and with what they go on."""

    def __init__(self, incremental: Incremental, change: Change, projects: tuple[Project, Project]) -> None:
        self._incremental, self._head = incremental, projects[1]
        is_wanted = incremental is not Incremental.FULL
        self._found = increments.find(change, *projects) if is_wanted else increments.Found()
        self._histories: dict[str, RelationName] = {}
        self._reasons: dict[str, str] = {}

    def seek(self, state: Project, own: Mapping[str, str]) -> Mapping[str, RelationName]:
        """The relations of production that they could go on with."""
        found, reasons = production.histories(self._found.unique_ids, state, own)
        self._histories, self._reasons = {**found}, {**reasons}
        return self._histories

    def take(self, readable: Collection[RelationName]) -> None:
        """Leaves out what cannot be read there."""
        for uid, relation in [*self._histories.items()]:
            if relation not in readable:
                del self._histories[uid]
                self._reasons[uid] = "has no relation in production that can be read"

    def planned(self, plan: Plan) -> Plan:
        """The plan with them."""
        return increments.planned(
            plan, self._incremental, {uid: self._histories.get(uid) for uid in self._found.unique_ids}
        )

    def notices(self, plan: Plan) -> tuple[str, ...]:
        """What a reader should know of them."""
        return increments.notices(self.planned(plan), self._found.left, self._reasons, self._head)


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
