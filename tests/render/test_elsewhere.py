"""Tests of bot/render/elsewhere.py."""

from __future__ import annotations

import pytest

from bot.domain import Whereabouts
from bot.render import elsewhere, markdown
from tests.render import reports

URL = "https://github.example:8443/octo/shop/actions/runs/7?check=1#summary-2"


def test_the_rest_is_where_it_is_said_to_be() -> None:
    """A reader would look for an artifact that does not exist, or not find the summary."""
    assert elsewhere.holder(Whereabouts()) == "`report.json`"
    assert elsewhere.holder(Whereabouts(artifact="a")) == "`report.json` in the artifact `a`"
    assert elsewhere.holder(Whereabouts(URL, "a")) == f"the [job summary]({URL})"
    assert elsewhere.everything(Whereabouts()) == "`report.json` has everything."
    assert elsewhere.everything(Whereabouts(URL)) == f"The [job summary]({URL}) has more, and `report.json` everything."


def test_the_job_can_be_reached_from_the_comment() -> None:
    """A reader who wants the log would have to look for the job that wrote the comment."""
    comment = markdown.comment(reports.shop(), whereabouts=Whereabouts(URL))
    assert comment.rstrip().endswith(f"· [job]({URL})</sub>")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "javascript:alert(1)",
            "//e.example",
            "https://e.example/a b",
            "https://e.example/)",
            "https://e.example/\n",
        ),
        *("https://e.example/<b>", "https://e.example/[a]", "https://a@e.example/", f"https://e.example/{'x' * 300}"),
    ],
)
def test_what_is_no_plain_address_is_no_link(url: str) -> None:
    """An address could end its own link, or lead elsewhere than it says."""
    assert not elsewhere.is_address(url)
    assert "](" not in elsewhere.everything(Whereabouts(url))
    assert elsewhere.job(Whereabouts(url)) == ""
