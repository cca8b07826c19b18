"""The story of `proofbot verify`: a report is held against its digest, and proven anew from its own commits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.core import acceptance, evidence, replay, report_bounds, report_reading
from bot.core.replay import Held, Told
from bot.domain import Report
from bot.errors import UsageError
from bot.render import json as report_json
from bot.render.escape import capped, visible
from bot.run import prove
from bot.run.stage import Request
from bot.world import git, schemas, secrets

_STYLES = {Held.HOLDS: "green", Held.DIFFERS: "yellow", Held.BROKEN: "bold red"}
_WIDEST = max(len(held.value) for held in Held)


def verify(path: Path, request: Request, log: Console, page: Console) -> int:
    """Proves anew what a report.json says, and says what holds of it.

    Args:
        path: the report.
        request: which project, and how dbt is run; its revisions do not matter.
        log: where progress goes.
        page: where the result goes.

    Returns:
        the exit code: 0 where its digest, its verdict, and the outcome and numbers of every model hold, else 1.

    Raises:
        UsageError: it is no report of a comparison of two commits of this repository.
        ProofbotError: see `run.prove`.
    """
    recorded = _read(path)
    report = report_reading.read(recorded, schemas.of_report(), is_foreign=False)
    said, digest = str(recorded.get("digest") or ""), evidence.digest(recorded)
    told = [_of_digest(said, digest)]
    if not replay.holds(told):  # what somebody has changed is not worth a build
        _print(told, page)
        return 1
    again = prove(_request(report, request), log, page)
    if again is None:
        raise AssertionError("this was no dry run")
    accepted = acceptance.in_force(report)
    if accepted:
        again = acceptance.apply(again, accepted)
    document = secrets.mask_document(report_json.document(again))
    told += replay.compare(recorded, json.loads(report_json.dump(document)))
    _print(told, page)
    return 0 if replay.holds(told) else 1


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the report cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="Name a report.json of `proofbot run`.",
        ) from None
    found: Any = report_bounds.parse(content)
    report_bounds.keep(found)
    if not isinstance(found, dict):
        raise UsageError("this is no report", where=str(path), remedy="Name a report.json of `proofbot run`.")
    return found


def _request(report: Report, request: Request) -> Request:
    """What is to be proven anew.

    Raises:
        UsageError: the report is about changes that no commit has, or about commits that are not here.
    """
    run = report.run
    if run.head.working_tree:
        raise UsageError(
            "the report is about changes that were not committed, so nobody can make it anew",
            remedy="Commit them, and let `proofbot run` make a report of the commit.",
        )
    repository = git.find_repository(request.project_dir or request.here)
    for revision in (run.base, run.head):
        try:
            git.describe(repository, revision.commit)
        except UsageError as error:
            named = f"{visible(revision.commit)[:40]} ({capped(visible(revision.name), 80)})"
            raise UsageError(
                f"the report is about the commit {named}, which this repository does not have",
                remedy=f"Fetch it, or name the repository of the report by `--project-dir`. {error.remedy}",
            ) from None
    return replace(
        request,
        base=run.base.commit,
        head=run.head.commit,
        base_name=run.base.name or None,
        head_name=run.head.name or None,
        working_tree=False,
        dry_run=False,
        out=None,
        description=as_description(report.evidence.declarations if report.evidence else ()),
        expect=None,
    )


def as_description(declarations: tuple[str, ...]) -> str:
    """A description that declares what these texts do."""
    fences = ["~" * max(3, 1 + max(map(len, re.findall("~+", text)), default=0)) for text in declarations]
    return "".join(
        f"{fence} proofbot\n{text.rstrip()}\n{fence}\n" for fence, text in zip(fences, declarations, strict=True)
    )


def _of_digest(said: str, digest: str) -> Told:
    if not said:
        return Told("digest", Held.BROKEN, "the file has none")
    if said != digest:
        return Told("digest", Held.BROKEN, f"the file says {said[:12]} and is {digest[:12]}: it was changed")
    return Told("digest", Held.HOLDS, said)


def _print(told: list[Told], page: Console) -> None:
    for one in told:
        words = f"{capped(visible(one.what), 100)}: {capped(visible(one.words), 600)}"
        page.print(Text(f"{one.held.value:<{_WIDEST}}  ", style=_STYLES[one.held]) + Text(words), soft_wrap=True)
    verdict = "all that matters holds" if replay.holds(told) else "the report does not hold"
    page.print(Text(verdict, style="bold"), soft_wrap=True)
