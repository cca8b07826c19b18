"""The story of `proofbot baseline`, and the baseline in a run: what is known to fail is no news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.checks import assertion, keys
from bot.core import baseline
from bot.core.baseline import Baseline, Entry, Kind, Progress
from bot.core.report import Seen
from bot.core.standing import Standing, stand
from bot.core.wording import count
from bot.domain import (
    ChangeKind,
    ModelSettings,
    NamedReport,
    NodeChange,
    NodeResult,
    Outcome,
    Project,
    Settings,
    Side,
)
from bot.errors import UsageError
from bot.render.escape import capped, visible
from bot.run import configuration, named, parsing, questions, refresh, twins, unfold
from bot.run.named import Asked
from bot.run.stage import Request, Setting, Stage, Unfolded
from bot.run.twins import Twins
from bot.world import git, progress
from bot.world.dbt import DbtFailed
from bot.world.processes import Children
from bot.world.workspace import SideFolders, Workspace, root, write_text

FILE = ".proofbot/baseline.json"
_LISTED = 20
_AT_BASE = "The baseline of the base revision counts: write it anew there by `proofbot baseline`, and merge it."


def load(setting: Setting) -> tuple[Baseline, tuple[str, ...]]:
    """The baseline of the base revision, and what a reader should know of it.

    Raises:
        UsageError: it cannot be read.
    """
    ours, theirs = _find(setting.base), _find(setting.head)
    name = _name(ours, setting.base.tree) if ours else ""
    try:
        found = baseline.read(_text(ours), f"{name} of base") if ours else Baseline()
    except UsageError as error:
        raise UsageError(error.message, where=error.where, remedy=_AT_BASE) from None
    if _bytes(ours) != _bytes(theirs):
        changed = name or _name(theirs or Path(FILE), setting.head.tree)
        return found, (f"`{changed}` changed: the change takes effect after the merge",)
    return found, ()


def with_base(asked: Sequence[Asked], known: Baseline) -> tuple[Asked, ...]:
    """The named checks that are asked, those assertions on both sides that are known to fail."""
    names = {one.name for one in known.entries if one.kind is Kind.ASSERTION}
    return tuple(
        replace(one, also_at_base=True) if one.kind.name == assertion.NAME and one.check.name in names else one
        for one in asked
    )


def record(request: Request, log: Console, page: Console) -> int:
    """Writes down what fails on the default branch today.

    Args:
        request: how dbt is run; its `head` is the revision, None for the default branch.
        log: where progress goes.
        page: where the result goes.

    Returns:
        the exit code: 0 where the file says what fails, 1 where the project does not parse or build at all.

    Raises:
        ProofbotError: nothing could be built or asked, or the file has changes that are not committed.
    """
    with progress.Progress(log, verbose=request.verbose) as told, Workspace(root()) as workspace:
        stage = Stage(request, told, workspace, Children())
        try:
            return _record(stage, page)
        except DbtFailed as failed:
            told.note(f"{failed.words}\nThe revision does not {failed.command}, so there is nothing to write down.")
            return 1
        finally:
            stage.clear()


def _record(stage: Stage, page: Console) -> int:
    request = stage.request
    repository = git.find_repository(request.project_dir or request.here)
    head = request.head or git.default_branch(repository)
    stage = replace(stage, request=replace(request, base=head, head=head, working_tree=False, dry_run=False))
    unfolded = unfold.unfold(stage)
    path = unfolded.checkout / FILE
    before = _committed(unfolded, path)
    stage.progress.step(f"what fails at {unfolded.base.commit[:9]} of {unfolded.base.name}")
    unfold.write_trees(stage, unfolded)
    loaded = configuration.load(stage, unfold.folders(stage, unfolded, Side.BASE))
    setting = unfold.set_up(stage, unfolded, loaded.warehouse)
    stage.progress.step("parsing")
    project = parsing.parse(stage, setting, unfolded, Side.BASE)
    settings, _ = configuration.settle(stage, setting, loaded, (project, project))
    plan = refresh.everything(project)
    twins.guard(setting, plan, project, project)
    results = twins.build(stage, setting, unfolded, plan, (project, project))
    entries = sorted(
        (
            *baseline.of_tests(results.base_tests, project),
            *_asked(stage, setting, unfolded, _All(project, settings, results)),
        )
    )
    write_text(path, baseline.text(entries))
    _tell(baseline.compare(before.entries, entries), len(entries), path, page)
    return 0


@dataclass(frozen=True)
class _All:
    """A project as it was built, and what is configured."""

    project: Project
    settings: Settings
    results: Twins


def _asked(stage: Stage, setting: Setting, unfolded: Unfolded, known: _All) -> Iterator[Entry]:
    """What fails of keys and assertions."""
    project, settings = known.project, known.settings
    built = replace(known.results, head_nodes=known.results.base_nodes, head_tests=known.results.base_tests)
    standings = _standings(project, built.head_nodes)
    only_keys = {uid: _only_keys(settings.models[uid]) for uid in settings.models}
    resolved = [
        named.resolve(check, (project, project), partial(configuration.read_file, setting.base.tree))
        for check in settings.named
        if check.check == assertion.NAME
    ]
    stage.progress.step(f"asking about {count(len(standings), 'key')} and {count(len(resolved), 'assertion')}")
    wanted = questions.Wanted(replace(settings, models=only_keys), resolved, (), salt=unfolded.base.commit)
    with questions.opened(stage, setting, standings, (project, project), built, wanted) as matter:
        seen, found = questions.ask(stage, matter, standings, resolved)
    for one in found:
        if one.finding.outcome is Outcome.ERRORED:
            stage.progress.note(f"{one.check} {one.name} is not in the baseline: {one.finding.message}")
    for model in seen:
        yield from baseline.of_keys(model.standing.change.unique_id, model.findings)
    yield from baseline.of_named(found)


def _standings(project: Project, results: Mapping[str, NodeResult]) -> list[Standing]:
    """How every node stands: as if it was added."""
    return [
        stand(NodeChange(uid, ChangeKind.ADDED, (), ()), (None, node), (None, results.get(uid)))
        for uid, node in sorted(project.nodes.items())
    ]


def _only_keys(settings: ModelSettings) -> ModelSettings:
    return replace(settings, checks={name: options for name, options in settings.checks.items() if name == keys.NAME})


def mark(
    seen: Sequence[Seen], found: Sequence[NamedReport], known: Baseline
) -> tuple[tuple[Seen, ...], tuple[NamedReport, ...]]:
    """What was seen of models and found by named checks, with the keys and assertions marked that fail as is known."""
    if not known.entries:
        return tuple(seen), tuple(found)
    marked = (
        replace(one, findings=baseline.mark_findings(one.standing.change.unique_id, one.findings, known))
        for one in seen
    )
    return tuple(marked), baseline.mark_named(found, known)


def _committed(unfolded: Unfolded, path: Path) -> Baseline:
    """The baseline that is in the checkout, which git knows as it is.

    Raises:
        UsageError: it has changes that are not committed, so that to write it anew would lose them; or it is none.
    """
    if not path.exists():
        return Baseline()
    name = path.relative_to(unfolded.repository.root).as_posix()
    tracked = git.files(unfolded.repository, git.describe(unfolded.repository, "HEAD").commit)
    if name not in tracked or name in {changed for _, changed in git.uncommitted(unfolded.repository)}:
        raise UsageError(
            f"{name} has changes that are not committed",
            where=str(path),
            remedy="Commit it, or remove it, and write it anew then: nothing of yours is overwritten.",
        )
    return baseline.read(_text(path), str(path))


def _tell(became: Progress, number: int, path: Path, page: Console) -> None:
    lines = [f"new     {_words(one)}: {one.count:,}" for one in became.new]
    lines += [f"mended  {_words(one)}" for one in became.mended]
    lines += [
        f"{_direction(*pair)} {_words(pair[0])}: {pair[0].count:,}, now {pair[1].count:,}" for pair in became.moved
    ]
    for line in lines[:_LISTED]:
        page.print(Text(capped(visible(line), 200)), soft_wrap=True)
    if len(lines) > _LISTED:
        page.print(Text(f"and {len(lines) - _LISTED:,} more"))
    news = f"{len(became.new):,} new, {len(became.mended):,} mended" if lines else "as before"
    page.print(Text(f"{count(number, 'failure')} known, {news}: {path}", style="bold"), soft_wrap=True)


def _direction(before: Entry, after: Entry) -> str:
    return "better " if after.count < before.count else "worse  "


def _words(entry: Entry) -> str:
    about = f" of {entry.model.split('.')[-1]}" if entry.model else ""
    name = entry.name.split(".")[2] if entry.kind is Kind.TEST and entry.name.count(".") > 1 else entry.name
    return f"{entry.kind.value} {name}{about}"


def _find(folders: SideFolders) -> Path | None:
    """The baseline in a tree: in the project's folder, else at the repository's root."""
    return next((path for path in (folders.project / FILE, folders.tree / FILE) if path.is_file()), None)


def _bytes(path: Path | None) -> bytes:
    return path.read_bytes() if path else b""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError("the baseline is not written in UTF-8", where=str(path), remedy=_AT_BASE) from None


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
