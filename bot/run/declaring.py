"""The chapter of what is declared: it is found and read, and its conditions are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.core import conditions, declarations, grammars
from bot.core.declarations import Source
from bot.core.disclosure import without_values
from bot.core.inquiry import inquire
from bot.core.report import Seen
from bot.domain import Declaration, Expectation, Outcome, RowChanges, RowCounts, Settings
from bot.errors import UsageError
from bot.run import pairs, recording
from bot.run.beside import Trial
from bot.run.configuration import KINDS
from bot.run.stage import Request, Setting, Stage
from bot.world.interview import conduct_all, learn_or_why
from bot.world.warehouses.contract import Asking
from bot.world.workspace import SideFolders

FILE = ".proofbot/expect.yml"
_DESCRIPTION = "the description"


def find(stage: Stage, setting: Setting) -> tuple[Declaration, tuple[str, ...]]:
    """What the request declares: in its description, in its own `.proofbot/expect.yml`, in the file of `--expect`.

    Returns:
        the declaration; and notices: what was found and does not count.

    Raises:
        UsageError: it cannot be understood; it says all that is wrong.
    """
    request = stage.request
    sources = [Source(_DESCRIPTION, block.text, block.line) for block in declarations.blocks(request.description)]
    notices: tuple[str, ...] = ()
    at_head = _file(setting.head)
    if at_head is not None:
        at_base = _file(setting.base)
        if at_base is None or at_base.read_bytes() != at_head.read_bytes():
            sources.append(Source(_name(at_head, setting.head.tree), _text(at_head), 1))
        else:
            notices = (f"`{_name(at_head, setting.head.tree)}` is as at base: it declares what an earlier request did",)
    if request.expect is not None:
        sources.append(Source(_called(request.expect, request.here), _text(request.expect), 1))
    return declarations.read(sources, KINDS), notices


def texts(request: Request) -> tuple[str, ...]:
    """What is declared in no commit: in the description, in the file of `--expect`.

    Raises:
        UsageError: the file cannot be read.
    """
    told = tuple(block.text for block in declarations.blocks(request.description))
    return told if request.expect is None else (*told, _text(request.expect))


def add_checks(settings: Settings, declaration: Declaration) -> Settings:
    """The settings with the one-off checks of the request's author: they add to the suite, and replace nothing.

    Raises:
        UsageError: one has the name of a check of the configuration.
    """
    taken = {(check.check, check.name): check.where for check in settings.named}
    for check in declaration.named:
        where = taken.get((check.check, check.name))
        if where:
            raise UsageError(
                f"the {check.check} `{check.name}` is one of the configuration already ({where})",
                where=check.where,
                remedy="Give it another name: what a request declares adds to the suite, and replaces nothing.",
            )
    return replace(settings, named=(*settings.named, *declaration.named))


def ask_conditions(trial: Trial, seen: Sequence[Seen], expectations: Mapping[str, Expectation]) -> tuple[Seen, ...]:
    """What was seen, with how many rows changed though they do not satisfy the condition that is declared of them."""
    wanted = {
        one.standing.node.unique_id
        for one in seen
        if one.pair is not None and _has_changed(one) and _condition(one, expectations)
    }
    jobs = [
        partial(_ask, trial, one, _condition(one, expectations) or "")
        for one in seen
        if one.standing.node.unique_id in wanted
    ]
    found = dict(conduct_all(trial.matter.warehouse, jobs, trial.matter.threads)) if jobs else {}
    return tuple(
        replace(one, outside=found[one.standing.node.unique_id]) if one.standing.node.unique_id in found else one
        for one in seen
    )


def _ask(trial: Trial, seen: Seen, condition: str, asking: Asking) -> tuple[str, int | str]:
    """How many rows changed elsewhere, or why that cannot be said."""
    matter, uid = trial.matter, seen.standing.node.unique_id
    assert seen.pair is not None  # noqa: S101 (asked of pairs only)
    fault = conditions.fault(condition, grammars.of(trial.projects[1].adapter))
    if fault:
        return uid, fault
    noise = seen.noise
    compared = pairs.beyond(seen.pair, noise) if noise else seen.pair
    pair = conditions.elsewhere(compared, condition, matter.dialect)
    question = RowChanges()
    asked = partial(inquire, pair, dialect=matter.dialect)
    with recording.about(uid):
        answers = learn_or_why(asked, (question,), matter.meter.watch(asking).ask)
    if isinstance(answers, str):
        return uid, without_values(answers)
    rows = answers[question]
    assert isinstance(rows, RowCounts)  # noqa: S101 (the question says so)
    came_and_went = 0 if noise and noise.rows else rows.added + rows.removed
    return uid, came_and_went + rows.changed


def _condition(seen: Seen, expectations: Mapping[str, Expectation]) -> str | None:
    expectation = expectations.get(seen.standing.node.unique_id)
    return expectation.condition if expectation else None


def _has_changed(seen: Seen) -> bool:
    return any(finding.outcome is Outcome.CHANGED for finding in seen.findings)


def _file(folders: SideFolders) -> Path | None:
    """The declaration in a tree: in the project's folder, else at the repository's root."""
    places = (folders.project / FILE, folders.tree / FILE)
    return next((path for path in places if path.is_file()), None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", remedy="Name an existing one by `--expect`.") from None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path.name} cannot be read as text", where=str(path), remedy="Save it as UTF-8.") from None


def _called(path: Path, here: Path) -> str:
    """What a file is called where others read it, too: without the folders of this machine."""
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
