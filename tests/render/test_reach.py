"""Tests of bot/render/lines_of_reach.py, bot/render/markdown_reach.py and bot/render/mermaid.py."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain import Break, ForgeKind, Reach, Reached, Reader, Whereabouts
from bot.render import html_page, mermaid
from bot.render.dress import Labels
from bot.render.markdown import comment, summary
from bot.run.files import assets
from tests.render import reach
from tests.render.reports import HOSTILE, shop

_NODE = re.compile(r'  (n\d+|more)(\[|\(\[)"([^"\[\]<>`]*)"(\]|\]\))(:::changed|:::may)?')
_EDGE = re.compile(r"  n\d+ --> n\d+")


def _lines(text: str) -> list[str]:
    [drawn] = re.findall(r"^```mermaid\nflowchart LR\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)
    return str(drawn).splitlines()


def test_readers_and_breaks_are_told_where_they_are_seen() -> None:
    """Whoever owns a dashboard would not be found in time."""
    text = comment(reach.reached()).replace("\N{NO-BREAK SPACE}", " ")
    assert "- `customers.segment` was removed: read by dashboard `Weekly revenue`, `more`" in text
    assert "- `customers.orders_count` became narrower: `BIGINT` became `INTEGER`" in text
    weekly = (
        "- dashboard `Weekly revenue`, owner `ann@shop.example`, reached through `orders`, `customers.lifetime_value`"
    )
    assert weekly in text
    assert "- metric `sold`, perhaps reached through `daily_revenue.amount`" in text
    assert text.index("Breaking for those") < text.index("| Model") < text.index("Reached outside")


def test_the_picture_shows_who_reads_whom() -> None:
    """The picture would lead astray."""
    assert _lines(comment(reach.reached())) == [
        '  n0["orders #40;changed#41;"]:::changed',
        '  n1["customers #40;changed#41;"]:::changed',
        '  n2["daily_revenue"]:::may',
        '  n3(["dashboard Weekly revenue"])',
        '  n4(["metric sold"])',
        "  n0 --> n1",
        "  n0 --> n2",
        "  n0 --> n3",
        "  n1 --> n3",
        "  n2 --> n4",
        "  classDef changed stroke-width:4px",
        "  classDef may stroke-dasharray:5",
    ]


def test_beyond_forty_nodes_the_rest_is_counted() -> None:
    """A picture of a thousand boxes is none, and forges refuse to draw it."""
    lines = _lines(comment(reach.wide(1_000)))
    assert len([one for one in lines if _NODE.fullmatch(one)]) == mermaid.MOST + 1
    assert '  more["and 960 more"]' in lines
    assert "more" not in "".join(_lines(comment(reach.wide(mermaid.MOST))))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_read_by_mermaid(name: str) -> None:
    """A model's name could draw what it likes into the picture, or break it."""
    found = Reach(
        (Reached("model.shop.a", "a", is_changed=True), Reached(f"model.shop.{name}", name, reads=("model.shop.a",))),
        (Reader("exposure.shop.b", name, name, name, reads=("model.shop.a",)),),
    )
    for line in mermaid.diagram(found, Labels(())).splitlines()[1:-2]:
        node = _NODE.fullmatch(line)
        assert node or _EDGE.fullmatch(line), line
        assert node is None or re.fullmatch(r"(?:[^\W]| |#\d+;)*", node[3]), line


def test_no_picture_where_nobody_draws_it() -> None:
    """A page would show the source of a picture."""
    report = reach.reached()
    assert "mermaid" in summary(report)
    assert "mermaid" not in comment(report, whereabouts=Whereabouts(forge=ForgeKind.LOCAL))
    assert "flowchart" not in html_page.page(report, Whereabouts(), assets())
    assert "mermaid" not in comment(replace(report, reach=Reach(report.reach.models[:1] if report.reach else ())))
    assert "mermaid" not in comment(shop())


def test_reach_yields_where_there_is_no_room() -> None:
    """Hundreds of readers would push the models out of the comment."""
    report = reach.reached()
    readers = tuple(Reader(f"exposure.shop.e{n}", f"e{n}", "dashboard", is_measured=True) for n in range(3_000))
    breaks = tuple(Break("model.shop.orders", f"c{n}", "was removed") for n in range(3_000))
    report = replace(report, reach=replace(report.reach or Reach(), readers=readers, breaks=breaks))
    for limit in (2_000, 5_000, 60_000):
        text = comment(report, limit)
        assert len(text) <= limit
        assert "`orders`" in text
    assert re.search(r"^- and [\d,]+ more$", text, re.MULTILINE)
