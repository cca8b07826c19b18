"""Where the rest is of what a page has no room for, in Markdown."""

from __future__ import annotations

import re

from bot.domain import ForgeKind, Whereabouts
from bot.render.escape import code_span

# What an address is made of that can't end a link, and that no forge reads as anything else.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~%/+=&?#:@,;!-]*)?")
_LONGEST = 300
_REPORT, _PAGE = "`report.json`", "`report.html`"
_BROWSE = "/artifacts/browse"  # below a job of GitLab


def holder(whereabouts: Whereabouts) -> str:
    """What has the rest: the job summary, or a page for browsers, else the report; as a sentence goes on after a
    colon."""
    if whereabouts.forge is not ForgeKind.GITHUB:
        return _page(whereabouts)
    if is_address(whereabouts.url):
        return f"the [job summary]({whereabouts.url})"
    return _file(whereabouts)


def everything(whereabouts: Whereabouts) -> str:
    """The sentence that says where more is, and where all."""
    if whereabouts.forge is not ForgeKind.GITHUB:
        return f"{_page(whereabouts)} has more, and {_REPORT} everything."
    if is_address(whereabouts.url):
        return f"The [job summary]({whereabouts.url}) has more, and {_file(whereabouts)} everything."
    return f"{_file(whereabouts)} has everything."


def job(whereabouts: Whereabouts) -> str:
    """A link to the job that made the report; empty where it has no address."""
    return f"[job]({whereabouts.url})" if is_address(whereabouts.url) else ""


def is_address(url: str) -> bool:
    """Whether this can stand as an address in a link."""
    return len(url) <= _LONGEST and _ADDRESS.fullmatch(url) is not None


def _file(whereabouts: Whereabouts) -> str:
    return f"{_REPORT} in the artifact {code_span(whereabouts.artifact)}" if whereabouts.artifact else _REPORT


def _page(whereabouts: Whereabouts) -> str:
    """The page for browsers, which the job has left beside the report."""
    if whereabouts.forge is ForgeKind.LOCAL:
        return f"{_PAGE} beside it"
    artifacts = f"{whereabouts.url}{_BROWSE}"
    named = "job's artifacts"
    return f"{_PAGE} among the {f'[{named}]({artifacts})' if is_address(artifacts) else named}"
