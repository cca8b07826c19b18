"""The picture in the comment, drawn by Mermaid itself in a browser, as GitHub and GitLab do."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Browser, Page

from bot.domain import Reach, Reached, Reader, Report
from bot.render.markdown import comment
from bot.render.mermaid import MOST
from tests.render import reach
from tests.render.comment_picture import draw_diagrams, page
from tests.render.reports import HOSTILE, shop


def _drawn(browser: Browser, report: Report) -> tuple[Page, list[str]]:
    """The comment as a page, and the texts of the boxes in its picture."""
    shown = browser.new_page()
    shown.set_content(page(comment(report), unfolded=True))
    draw_diagrams(shown)
    return shown, [text.strip() for text in shown.locator("svg .node").all_text_contents()]


def test_mermaid_draws_what_is_reached(browser: Browser) -> None:
    """The comment would show an error of Mermaid in place of the picture."""
    shown, boxes = _drawn(browser, reach.reached())
    assert boxes == [
        "orders (changed)",
        "customers (changed)",
        "daily_revenue",
        "dashboard Weekly revenue",
        "metric sold",
    ]
    assert shown.locator("svg .edgePaths path").count() == 5


def test_mermaid_draws_the_largest_picture(browser: Browser) -> None:
    """Forges refuse pictures that are too large, and the reviewer of a large change would have none."""
    _, boxes = _drawn(browser, reach.wide(1_000))
    assert len(boxes) == MOST + 1
    assert "and 960 more" in boxes


def test_a_hostile_name_is_a_text_in_the_picture(browser: Browser) -> None:
    """A model's name could be a link, a script, or another picture."""
    names = list(HOSTILE)
    models = tuple(
        Reached(f"model.shop.m{n}", name, is_changed=n == 0, reads=("model.shop.m0",) if n else ())
        for n, name in enumerate(names)
    )
    readers = (Reader("exposure.shop.x", "<img src=x onerror=alert(1)>", "dashboard", reads=("model.shop.m0",)),)
    shown, boxes = _drawn(browser, replace(shop(), reach=Reach(models, readers)))
    assert len(boxes) == min(len(names) + 1, MOST + 1)
    assert shown.locator("svg img, svg a, svg script, svg iframe").count() == 0
