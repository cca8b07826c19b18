"""The story of `proofbot run --forge local`: a CI system that we do not talk to gets files and an exit code."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bot import run as story
from bot.core import verdict
from bot.domain import ForgeKind, Report, Revision, Whereabouts
from bot.errors import EnvironmentFailure, ProofbotError
from bot.render import terminal
from bot.run import files
from bot.run.stage import Request

_DEFECT = EnvironmentFailure("proofbot has a defect", remedy="Please report it, with the log.")


def run(request: Request, log: Console, page: Console) -> int:
    """Proves one request, and leaves all files: also where nothing could be proven, if a folder is named for them.

    Args:
        request: what to compare with what, and how.
        log: where progress goes.
        page: where the result goes.

    Returns:
        the exit code: 0 where the gate is open, 1 where it is closed.

    Raises:
        ProofbotError: see `bot.run.prove`.
    """
    try:
        report = story.prove(request, log, page)
    except ProofbotError as error:  # also where it was stopped: what an earlier run has left there is not its word
        _leave_unproven(request, error)
        raise
    except Exception:
        _leave_unproven(request, _DEFECT)
        raise
    if report is None:
        return 0
    terminal.page(report, page, ForgeKind.LOCAL)
    folder = request.out or story.folder_of(report)
    _leave(report, folder)
    told = f"comment.md, report.html, report.json, junit.xml and codequality.json are in {folder}"
    page.print(told, soft_wrap=True, highlight=False)
    return verdict.exit_code(report.status)


def _leave(report: Report, folder: Path) -> None:
    digest = story.write_report(report, folder)
    files.write(report, folder, Whereabouts(digest=digest, forge=ForgeKind.LOCAL))


def _leave_unproven(request: Request, error: ProofbotError) -> None:
    if request.out is not None:
        base, head = (Revision("", name or "") for name in (request.base, request.head))
        _leave(files.unproven(base, head, error), request.out)
