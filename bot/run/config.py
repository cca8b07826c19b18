"""The story of `proofbot config`: what is configured, and where each value comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

from rich.console import Console

from bot.core import config
from bot.core.selection import SelectionError, select
from bot.domain import Project, Side
from bot.errors import EnvironmentFailure, UsageError
from bot.render import config_page
from bot.render.config_page import Overview
from bot.run import configuration, named, parsing, unfold, warehouses
from bot.run.stage import Request, Setting, Stage, Unfolded
from bot.world.dbt import DbtFailed
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.workspace import Workspace, root


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: the models that an expression of dbt's selection syntax names, or all; as JSON or a page."""

    select: tuple[str, ...] = ()
    as_json: bool = False


def schema_text() -> str:
    """The JSON Schema of `.proofbot.yml`, as a text that ends in a line end."""
    return json.dumps(config.json_schema(configuration.KINDS), indent=2, ensure_ascii=False) + "\n"


def show(request: Request, wanted: Wanted, log: Console, page: Console) -> None:
    """Shows the configuration of every model.

    Args:
        request: of which revisions, and how dbt is run.
        wanted: of which models, and how.
        log: where progress goes.
        page: where the result goes.

    Raises:
        ProofbotError: the configuration is wrong (exit code 2), or the project cannot be read (3).
    """
    _check(wanted.select)
    with Progress(log, verbose=request.verbose) as progress, Workspace(root()) as workspace:
        stage = Stage(request, progress, workspace, Children())
        try:
            overview = _survey(stage, wanted)
        finally:
            stage.clear()
    if wanted.as_json:
        page.print(config_page.json_text(overview), soft_wrap=True, highlight=False, markup=False, end="")
    else:
        config_page.page(overview, page, verbose=request.verbose)


def _survey(stage: Stage, wanted: Wanted) -> Overview:
    unfolded = unfold.unfold(stage)
    unfold.write_trees(stage, unfolded)
    loaded = configuration.load(stage, unfold.folders(stage, unfolded, Side.BASE))
    setting = unfold.set_up(stage, unfolded, loaded.warehouse)
    base, head = _parse(stage, setting, unfolded)
    settings, notices = configuration.settle(stage, setting, loaded, (base, head))
    for check in settings.named:  # what `run` would refuse must not look well here
        named.resolve(check, (base, head), partial(configuration.read_file, setting.base.tree))
    nodes = {**base.nodes, **head.nodes}
    shown = sorted(_chosen(wanted.select, base, head), key=lambda uid: (nodes[uid].name, uid))
    return Overview(
        file=loaded.where,
        revision=unfolded.base,
        budget=config.budget_lines(loaded),
        models=tuple((uid, config.lines(settings.models[uid], loaded.kinds)) for uid in shown),
        named=settings.named,
        notices=(*notices, *warehouses.in_vain(setting.profile, loaded)),
        policy=config.policy_lines(settings.policy, loaded),
        warehouse=(*config.origin_lines(loaded), *config.warehouse_lines(loaded)),
    )


def _parse(stage: Stage, setting: Setting, unfolded: Unfolded) -> tuple[Project, Project]:
    try:
        stage.progress.step("parsing base")
        base = parsing.parse(stage, setting, unfolded, Side.BASE)
        stage.progress.step("parsing head")
        return base, parsing.parse(stage, setting, unfolded, Side.HEAD, base)
    except DbtFailed as failed:
        raise EnvironmentFailure(
            f"{failed.side.value} does not parse:\n{failed.words}", remedy="Mend what dbt names."
        ) from None


def _check(expressions: tuple[str, ...]) -> None:
    """Refuses what is no selection, whatever the project, before anything is parsed."""
    try:
        if expressions:
            select(expressions, None, Project("", "", "", {}, {}, {}, {}, {}, {}))
    except SelectionError as error:
        raise UsageError(f"--select: {error}", remedy="Write it as for dbt's own `--select`.") from None


def _chosen(expressions: tuple[str, ...], base: Project, head: Project) -> frozenset[str]:
    if not expressions:
        return frozenset(base.nodes) | frozenset(head.nodes)
    return select(expressions, None, head) | select(expressions, None, base)
