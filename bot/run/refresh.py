"""The story of a push to the default branch: its origin is built whole and kept, so that requests find it."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from bot.core import plan as plans
from bot.domain import Change, Plan, Project, Side
from bot.run import configuration, keys, parsing, twins, unfold
from bot.run.stage import Request, Stage
from bot.world.dbt import DbtFailed
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.workspace import Workspace, root

_GOOD = frozenset({"success", "pass", "warn", "no-op"})


def refresh(request: Request, log: Console) -> int:
    """Builds and tests all of a commit and keeps it, for the requests that leave the default branch there.

    Args:
        request: as for a proof; its `head` is the commit, None for HEAD. What it says of a base does not matter.
        log: where progress goes.

    Returns:
        the exit code: 0, or 1 where dbt could not parse the project or build anything. A single node that fails is
        said, and built anew by each request.

    Raises:
        ProofbotError: nothing could be built, by the call's fault or by its surroundings'.
    """
    head = request.head or "HEAD"
    alone = replace(request, base=head, head=head, working_tree=False, dry_run=False)
    with Progress(log, verbose=request.verbose) as progress, Workspace(root()) as workspace:
        stage = Stage(alone, progress, workspace, Children())
        try:
            return _refresh(stage)
        except DbtFailed as failed:
            progress.note(f"{failed.words}\nThe default branch does not {failed.command}, so nothing is kept of it.")
            return 1
        finally:
            stage.clear()


def _refresh(stage: Stage) -> int:
    unfolded = unfold.unfold(stage)
    stage.progress.step(f"refreshing the origin of {unfolded.base.commit[:9]}")
    unfold.write_trees(stage, unfolded)
    loaded = configuration.load(stage, unfold.folders(stage, unfolded, Side.BASE))
    if loaded.origin.is_production or stage.request.state:
        stage.progress.note("nothing to refresh: the origin is production, so none is kept")
        return 0
    setting = unfold.set_up(stage, unfolded, loaded.warehouse)
    stage.progress.step("parsing base")
    base = parsing.parse(stage, setting, unfolded, Side.BASE)
    if keys.origin_key(setting, unfolded, base) is None:
        stage.progress.note("nothing to refresh: the project reads what nobody can compare, so no origin is used again")
        return 0
    plan = everything(base)
    twins.guard(setting, plan, base, base)
    results = twins.build_origin(stage, setting, unfolded, plan, base)
    failed = sorted(uid for uid, result in results.items() if result.status not in _GOOD)
    if failed:
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        stage.progress.note(f"{len(failed)} failed or were skipped: {', '.join(failed[:5])}{more}")
    stage.progress.step(f"the origin holds {len(plan.base_nodes)} nodes and {len(plan.base_tests)} tests")
    return 0


def everything(project: Project) -> Plan:
    """The plan to build and test all of a project at base."""
    plan = plans.draw_up(Change(affected=()), project, project, asked=project.nodes)
    return replace(plan, head_nodes=(), base_tests=tuple(sorted(project.tests)))
