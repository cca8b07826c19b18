"""All pages that are made from the code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.checks import BUILD_CHECKS, NAMED_CHECKS, PAIR_CHECKS
from bot.cli import main
from bot.core.options import CheckOptions
from bot.render import checks_page
from bot.run.config import schema_text
from handbook import commands, jobs
from handbook.schemas import Fields
from handbook.tables import page

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""
DOCS = ROOT / "docs"
"""The folder of all pages."""

_CONFIGURATION = """\
This page is made from the types of the configuration, as [proofbot.schema.json](../proofbot.schema.json) is. How the
file is used, and what holds where several entries are about a model, is told in [configuration](../configuration.md).
Every key may be left out unless it is required; `null` is the same as leaving it out. `[]` stands for each entry of a
list, `<name>` for a name of your own."""
_REPORT = """\
This page is made from [report.schema.json](../report.schema.json). What the file promises to its readers is told in
[report.json](../report.md)."""


def texts() -> Mapping[Path, str]:
    """Every page that is made from the code, with the path of its file.

    Raises:
        OSError: the repository lacks one of the files that they are made from.
    """
    reference = DOCS / "reference"
    configuration: dict[str, Any] = json.loads(schema_text())
    report: dict[str, Any] = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
    told_there = "[checks](../checks.md)"
    keys = Fields(configuration, sections=False, elsewhere={"checks": told_there, "models[].checks": told_there})
    return {
        DOCS / "checks.md": checks_page.text(checks(), CheckOptions),
        reference / "cli.md": commands.text(main),
        reference / "configuration.md": page("Every key of .proofbot.yml", _CONFIGURATION, *keys.parts()),
        reference / "report.md": page(
            "Every field of report.json", _REPORT, *Fields(report, sections=True, elsewhere={}).parts()
        ),
        reference / "action.md": jobs.action_text(yaml.safe_load(_read("action.yml"))),
        reference / "component.md": jobs.component_text(
            next(yaml.safe_load_all(_read("templates/proofbot/template.yml")))
        ),
    }


def checks() -> list[checks_page.Entry]:
    """All checks there are, in the order in which they are told."""
    of_models = [checks_page.Entry(one.name, one.check.__doc__ or "", one.options, one.default) for one in PAIR_CHECKS]
    of_builds = [checks_page.Entry(one.name, one.check.__doc__ or "", one.options, one.default) for one in BUILD_CHECKS]
    named = [
        checks_page.Entry(one.name, one.check.__doc__ or "", one.options, section=one.section) for one in NAMED_CHECKS
    ]
    return [*of_models, *of_builds, *named]


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
