"""The story of `proofbot run`, told once. The only room that knows every other."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from rich.console import Console

from bot.core import change as changes
from bot.core import declarations, declared, explanations, heirs, misfits, proposal, sparing, surroundings, verdict
from bot.core import evidence as seals
from bot.core import files as data_files
from bot.core import report as reports
from bot.core.baseline import Baseline, mark_tests
from bot.core.declaration_names import Resolved
from bot.core.judging import Judging
from bot.core.standing import stand
from bot.core.wording import count
from bot.domain import (
    Change,
    Declaration,
    Plan,
    Policy,
    Problem,
    Project,
    Report,
    RunReport,
    Settings,
    Side,
    Whereabouts,
)
from bot.errors import Interrupted
from bot.render import json as report_json
from bot.render import plan_page, terminal
from bot.run import (
    baseline,
    configuration,
    declaring,
    evidence,
    files,
    focusing,
    named,
    origins,
    pairs,
    parsing,
    questions,
    reaching,
    twins,
    unfold,
    warehouses,
    weighing,
)
from bot.run.beside import Trial
from bot.run.named import Asked
from bot.run.recording import Recorder
from bot.run.stage import Request, Setting, Stage, Unfolded
from bot.world import secrets, trees
from bot.world.dbt import DbtFailed, differ
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.workspace import Workspace, root, write_text

__all__ = ["Request", "folder_of", "prove", "run", "write_report"]

_VERSION = importlib.metadata.version("proofbot")


def run(request: Request, log: Console, page: Console) -> int:
    """Proves one request, and writes comment.md, report.html and report.json.

    Args:
        request: what to compare with what, and how.
        log: where progress goes.
        page: where the result goes.

    Returns:
        the exit code: 0 where the gate is open, 1 where it is closed.

    Raises:
        ProofbotError: see `prove`.
    """
    report = prove(request, log, page)
    if report is None:
        return 0
    terminal.page(report, page)
    folder = request.out or folder_of(report)
    digest = write_report(report, folder)
    files.write_pages(report, folder, Whereabouts(digest=digest))
    page.print(f"comment.md, report.html and report.json are in {folder}", soft_wrap=True, highlight=False)
    return verdict.exit_code(report.status)


def write_report(report: Report, folder: Path) -> str:
    """Writes report.json without a secret in it.

    Returns:
        its digest.

    Raises:
        EnvironmentFailure: it cannot be written.
    """
    document = secrets.mask_document(report_json.document(report))
    write_text(folder / "report.json", report_json.dump(document))
    return seals.digest(document)


def folder_of(report: Report) -> Path:
    """The folder that the files of a report go to where the user names none."""
    name = (report.run.slug or report.run.project).replace("/", "-")
    return root() / "reports" / f"{name}-{report.run.head.commit[:9]}"


def prove(
    request: Request,
    log: Console,
    page: Console,
    on_stop: Callable[[], None] = lambda: None,
    recorder: Recorder | None = None,
) -> Report | None:
    """Proves one request.

    Args:
        request: what to compare with what, and how.
        log: where progress goes.
        page: where the plan of a dry run goes.
        on_stop: what cannot wait where the run is stopped from outside; seconds later it may be killed.
        recorder: writes down what is asked and built, and knows in the end what another policy would say.

    Returns:
        what was found; None after a dry run.

    Raises:
        ProofbotError: nothing could be proven, by the call's fault (exit code 2) or by its surroundings' (3). Nothing
            is left behind then.
    """
    with Progress(log, verbose=request.verbose) as progress, Workspace(root()) as workspace:
        stage = Stage(request, progress, workspace, Children(), recorder or Recorder())
        try:
            return _prove(stage, page)
        except Interrupted:
            on_stop()
            raise
        finally:
            stage.clear()


def _prove(stage: Stage, page: Console) -> Report | None:
    """The chapters in their order; None after a dry run."""
    clock = _Clock()
    unfolded = unfold.unfold(stage)
    base, head = unfolded.base, unfolded.head
    stage.progress.step(f"base {base.commit[:9]}, where head {head.commit[:9]} left {base.name}")
    unfold.write_trees(stage, unfolded)
    loaded = configuration.load(stage, unfold.folders(stage, unfolded, Side.BASE))
    manifest = origins.find(stage, unfolded, loaded.origin)
    setting = unfold.set_up(stage, unfolded, loaded.warehouse)
    declaration, said = declaring.find(stage, setting)
    try:
        projects = _parse(stage, setting, unfolded)
        lens = focusing.Lens(stage.request.focus, projects)
        settings, notices = configuration.settle(stage, setting, loaded, projects)
        settings = lens.configured(declaring.add_checks(settings, declaration))
        resolved = declarations.resolve(declaration, *projects)
        known, changed = baseline.load(setting)
        change = _compare_graphs(stage, setting, lens, *projects)
        asked = named.choose(
            settings, change, _under_new_names(*projects), partial(configuration.read_file, setting.base.tree)
        )
        asked = baseline.with_base(asked, known)
        wanted = origins.Wanted([uid for one in asked for uid in one.models], lens.incremental(loaded.incremental))
        plan, of_origin = origins.draw_up(setting, manifest, change, lens.planned(), wanted)
        in_vain = warehouses.in_vain(setting.profile, loaded)
        notices = (*notices, *in_vain, *of_origin, *said, *changed, *named.not_asked(settings, asked))
        decided = _Decided(plan, change, projects, settings, asked, notices, declaration, resolved, known, lens)
        twins.guard(setting, plan, *projects)
        for entry in change.affected:
            pairs.declared_keys(entry.unique_id, projects)  # a bad declaration should not cost a build
        if stage.request.dry_run:
            page.print(
                plan_page.text(heirs.as_modified(change, heirs.find(*projects)), plan),
                soft_wrap=True,
                highlight=False,
                markup=False,
            )
            return None
        report = _explain(_measure(stage, setting, unfolded, clock, decided), decided)
        report = replace(report, evidence=evidence.gather(stage, setting, projects, manifest.digest))
        report = surroundings.show(report, *_under_new_names(*projects), heirs.find(*projects))
    except DbtFailed as failed:
        report = reports.without_comparison(clock.stop(unfolded, setting), _problem(failed), _notices(setting))
    return replace(report, run=replace(report.run, is_thread=loaded.is_thread))


def _parse(stage: Stage, setting: Setting, unfolded: Unfolded) -> tuple[Project, Project]:
    stage.progress.step("parsing base")
    broken: DbtFailed | None = None
    base: Project | None = None
    try:
        base = parsing.parse(stage, setting, unfolded, Side.BASE)
    except DbtFailed as failed:
        broken = failed
    stage.progress.step("parsing head")
    try:
        head = parsing.parse(stage, setting, unfolded, Side.HEAD, base)
    except DbtFailed as failed:
        raise DbtFailed(Side.HEAD, "parse", f"{failed.words}{_also_at_base(broken)}") from None
    if base is None:
        raise broken or AssertionError("base was parsed or failed")
    return base, head


def _also_at_base(broken: DbtFailed | None) -> str:
    return f"\n\nBase does not parse either:\n{broken.words}" if broken else ""


def _compare_graphs(stage: Stage, setting: Setting, lens: focusing.Lens, base: Project, head: Project) -> Change:
    seeds = parsing.changed_seeds(setting, base, head)
    data = trees.changed_data(setting.base.tree, setting.head.tree)
    read = {**data_files.readers(base, data), **data_files.readers(head, data)}
    textual = changes.to_compile(base, head, seeds, read)
    compiled = twins.compile_both(stage, setting, lens.worth_compiling(textual), (base, head))
    change = lens.narrow(changes.between(base, head, seeds, compiled, read))
    below = lens.worth_sparing(sparing.to_compile(change, base, head))
    return sparing.spare(change, head, twins.compile_head(stage, setting, below, head))


def _under_new_names(base: Project, head: Project) -> tuple[Project, Project]:
    """Both projects, with what is of a renamed model at base under its new name, too."""
    return replace(base, nodes=heirs.under_new_names(base.nodes, heirs.find(base, head))), head


@dataclass(frozen=True)
class _Decided:
    """What was decided before anything was built."""

    plan: Plan
    change: Change
    projects: tuple[Project, Project]
    settings: Settings
    asked: tuple[Asked, ...]
    notices: tuple[str, ...]
    declaration: Declaration
    resolved: Resolved
    known: Baseline
    lens: focusing.Lens

    @property
    def judging(self) -> Judging:
        """By what is judged: where nothing is declared of any model, nothing is missing in a declaration."""
        expectations = self.resolved.by_model if self.declaration.expectations else None
        return Judging(self.settings.policy, expectations)


def _explain(report: Report, decided: _Decided) -> Report:
    """The report with what became of declarations that are about nothing here, with causes, and with the declaration
    that is missing."""
    report = replace(report, sources=decided.declaration.sources)
    report = _with_unmet(report, decided, decided.judging)
    report = reports.concluded(explanations.fold(report, _under_new_names(*decided.projects)))
    return replace(report, proposal=proposal.text(report))


def _with_unmet(report: Report, decided: _Decided, judging: Judging) -> Report:
    return reports.with_unmet(report, declared.unmet(decided.resolved, report.models), judging)


def _measure(stage: Stage, setting: Setting, unfolded: Unfolded, clock: _Clock, decided: _Decided) -> Report:
    plan, change, (base, head) = decided.plan, decided.change, decided.projects
    notices = (*_notices(setting), *decided.notices, *reports.notices(change, base, head, plan.incremental))
    if not change.affected:
        run_report = replace(clock.stop(unfolded, setting), package=head.name)
        return reports.assemble(run_report, change, (), (), notices, judging=decided.judging)
    results = twins.build(stage, setting, unfolded, plan, (base, head))
    notices = (*notices, *reports.broken_beside(change, base, results.base_nodes))
    tests = (
        *reports.compare_hooks((results.base_nodes, results.head_nodes)),
        *reports.compare_tests(plan, base, head, (results.base_tests, results.head_tests)),
    )
    tests = mark_tests(tests, decided.known)
    renamed = heirs.find(base, head)  # from here on each is one model, by its new name
    change = heirs.as_modified(change, renamed)
    base, head = _under_new_names(base, head)
    results = replace(results, base_nodes=heirs.under_new_names(results.base_nodes, renamed))
    standings = [
        stand(
            entry,
            (base.nodes.get(entry.unique_id), head.nodes.get(entry.unique_id)),
            (results.base_nodes.get(entry.unique_id), results.head_nodes.get(entry.unique_id)),
        )
        for entry in decided.lens.looked_at(change, results)
    ]
    stage.progress.step(f"asking about {count(len(standings), 'model')}")
    wanted = questions.Wanted(
        decided.settings, decided.asked, tests, salt=os.environ.get(evidence.SALT) or unfolded.base.commit
    )
    with questions.opened(stage, setting, standings, (base, head), results, wanted) as matter:
        seen, found = questions.ask(stage, matter, standings, decided.asked)
        sides, policy = ((base, head), decided.projects), decided.settings.policy
        trial = Trial(stage, setting, unfolded, plan, change, *sides, matter, policy)
        weighed = weighing.weigh(trial, seen, decided.judging)
        asked, cost = matter.warehouse.statements, matter.warehouse.cost()
        relations = matter.relations
    run_report = replace(
        clock.stop(unfolded, setting),
        package=head.name,
        statements=asked,
        models_built=results.built + weighed.built,
        cost=cost,
    )
    settings = decided.settings.models
    compared = [one for one in weighed.seen if one.standing.base and one.standing.head]
    in_vain = misfits.in_vain((settings[one.standing.node.unique_id].checks, one.findings) for one in compared)
    notices = (*notices, *weighed.notices, *in_vain)
    seen, found = baseline.mark(weighed.seen, found, decided.known)
    stage.recorder.saw(seen)

    measured = tuple(reports.of_model(one, decided.judging) for one in seen)
    reached = reaching.find(measured, standings, relations, ((base, head), results, plan))

    def judge(policy: Policy) -> Report:
        judging = replace(decided.judging, policy=policy)
        report = reports.assemble(run_report, change, seen, tests, notices, found, judging)
        return replace(_with_unmet(report, decided, judging), reach=reached)

    stage.recorder.judged(judge)
    return judge(decided.judging.policy)


def _problem(failed: DbtFailed) -> Problem:
    verb = {"parse": "parse", "build": "build", "test": "run its tests"}.get(failed.command, failed.command)
    if failed.side is Side.BASE:
        return Problem(
            f"base does not {verb}, so there is nothing to compare with",
            failed.words,
            "Base is the merge base: mend the default branch and bring this branch up to date with it.",
        )
    return Problem(f"head does not {verb}", failed.words, "Mend what dbt names, and push again.")


def _notices(setting: Setting) -> tuple[str, ...]:
    notices = []
    if setting.profile_path.is_relative_to(setting.base.tree):
        at_head = setting.head.tree / setting.profile_path.relative_to(setting.base.tree)
        if differ(setting.profile_path, at_head):
            notices.append(
                "profiles.yml changed: both sides were built with base's, so what its change does is not shown"
            )
    untraced = parsing.untraced_settings(setting)
    if untraced:
        listed = " and ".join(f"`{name}`" for name in untraced)
        notices.append(f"{listed} of dbt_project.yml changed: which models that affects is not traced")
    return tuple(notices)


class _Clock:
    """Knows when the run started."""

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._started = monotonic()

    def stop(self, unfolded: Unfolded, setting: Setting) -> RunReport:
        """What is known of the run at its end."""
        return RunReport(
            version=_VERSION,
            project=str(unfolded.project) if str(unfolded.project) != "." else unfolded.checkout.name,
            base=unfolded.base,
            head=unfolded.head,
            started_at=self._started_at,
            seconds=round(monotonic() - self._started, 1),
            dbt_version=setting.toolchain.version,
            adapter=f"{setting.profile.adapter} {setting.adapter_version}",
            warehouse=setting.grounds.name,
            project_dir=str(unfolded.project),
        )
