"""report.html: a report as one file that needs no network.

The verdict, the notes and the whole text stand in the page; all else is in a block of JSON, of which a script makes
elements when they are asked for. The browser is told to load nothing, to run and to apply only what is known by its
hash, and to make no markup of any text, whatever may have been overlooked.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import jinja2

from bot.domain import Grade, Report, Status, Whereabouts
from bot.render import lines, markdown, page_data, words
from bot.render.dress import Labels
from bot.render.escape import legible
from bot.render.html_text import body
from bot.render.markdown_style import ICONS
from bot.render.page_models import PLAIN, block

_TITLE_CAP = 200
_TEXT = 120_000  # bytes; the script shows the rest


@dataclass(frozen=True)
class Assets:
    """What a page is made of beside the report: the template (Jinja), the style sheet, and the script."""

    template: str
    style: str
    script: str


def page(report: Report, whereabouts: Whereabouts, assets: Assets, mask: Callable[[str], str] = str) -> str:
    """The page, with a line end at its end.

    Args:
        mask: takes secrets out of a text. It meets what the report says, and never the page's own style and script.
    """
    labels = Labels(report.models)
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    headline = mask(legible(words.headline(report)))
    notes = [(line.label, mask(line.text)) for line in lines.asides(report, labels, PLAIN)]
    return environment.from_string(assets.template).render(
        policy=policy(assets),
        title=headline[:_TITLE_CAP],
        icon=ICONS[Grade.FAIL if report.status is not Status.SUCCESS else words.worst_grade(report)],
        headline=headline,
        status=report.status.value,
        facts=[mask(words.commits(report.run, PLAIN)), mask(words.versions(report.run, PLAIN))],
        is_foreign=report.run.is_foreign,
        problem=report.problem and [mask(block(part)) for part in _problem(report)],
        notes=notes,
        style=assets.style,
        script=assets.script,
        data=page_data.text(page_data.document(report), mask),
        text=mask(body(markdown.summary(report, whereabouts, draws=False, limit=_TEXT))),
    )


def policy(assets: Assets) -> str:
    """The content security policy: nothing from anywhere, and of what is inside only our own style and script."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(assets.script)}'",
            f"style-src '{_digest(assets.style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _problem(report: Report) -> list[str]:
    return [report.problem.title, report.problem.text, report.problem.remedy] if report.problem else []
