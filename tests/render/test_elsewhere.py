"""Tests of bot/render/elsewhere.py."""

from __future__ import annotations

import pytest

from bot.domain import ForgeKind, Whereabouts
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


def test_gitlab_and_others_have_a_page_instead() -> None:
    """A reader would be sent to a summary that their CI system does not have."""
    job = "https://gitlab.example/data/shop/-/jobs/7"
    gitlab = Whereabouts(job, "proofbot-shop-7", forge=ForgeKind.GITLAB)
    assert elsewhere.holder(gitlab) == f"`report.html` among the [job's artifacts]({job}/artifacts/browse)"
    assert elsewhere.everything(gitlab) == f"{elsewhere.holder(gitlab)} has more, and `report.json` everything."
    assert elsewhere.job(gitlab) == f"[job]({job})"
    nowhere = Whereabouts("javascript:alert(1)", forge=ForgeKind.GITLAB)
    assert elsewhere.holder(nowhere) == "`report.html` among the job's artifacts"
    local = Whereabouts(forge=ForgeKind.LOCAL)
    assert elsewhere.everything(local) == "`report.html` beside it has more, and `report.json` everything."


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
