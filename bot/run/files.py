"""The files that a run leaves for its CI system, and for whoever reads them there; report.json is the story's own."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.core import report as reports
from bot.domain import Problem, Report, Revision, RunReport, Whereabouts
from bot.errors import ProofbotError
from bot.render import markdown
from bot.render.code_quality import code_quality
from bot.render.html_page import Assets, page
from bot.render.junit import junit
from bot.world import secrets
from bot.world.workspace import write_text


def write_pages(report: Report, folder: Path, whereabouts: Whereabouts) -> None:
    """Writes comment.md and report.html, what people read, without a secret in them.

    Raises:
        EnvironmentFailure: they cannot be written.
    """
    write_text(folder / "comment.md", secrets.mask_values(markdown.comment(report, whereabouts=whereabouts)))
    # A secret that is a word of the page's own script would break it: only what the report says is masked.
    write_text(folder / "report.html", page(report, whereabouts, assets(), secrets.mask_values))


def write(report: Report, folder: Path, whereabouts: Whereabouts) -> None:
    """Writes comment.md, report.html, junit.xml and codequality.json, without a secret in them.

    A run that could not compare anything has them, too.

    Raises:
        EnvironmentFailure: they cannot be written.
    """
    write_pages(report, folder, whereabouts)
    texts = {"junit.xml": junit(report), "codequality.json": code_quality(report, report.run.project_dir)}
    for name, text in texts.items():
        write_text(folder / name, secrets.mask_values(text))


@cache
def assets() -> Assets:
    """What report.html is made of beside the report."""
    folder = importlib.resources.files("bot.render").joinpath("assets")
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    script = "\n".join(texts[name] for name in sorted(texts) if name.endswith(".js"))
    return Assets(template=texts["report.html"], style=texts["page.css"], script=f"(() => {{\n{script}}})();\n")


def unproven(base: Revision, head: Revision, error: ProofbotError) -> Report:
    """The report of a run that ended before it had one. What is not known of a revision is empty."""
    run = RunReport(
        version=importlib.metadata.version("proofbot"),
        project="",
        base=base,
        head=head,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        dbt_version="",
        adapter="",
        warehouse="",
    )
    return reports.not_run(run, Problem(error.message, f"{error}" if error.where else "", error.remedy))
