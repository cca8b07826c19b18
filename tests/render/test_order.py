"""Tests of bot/render/order.py and of the pages that follow it."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import Grade, ModelReport, Report
from bot.render.dress import Labels
from bot.render.gist import gist
from bot.render.markdown import comment, summary
from bot.render.order import Order
from bot.render.terminal import DRESS
from tests.render import trust
from tests.render.reports import shop
from tests.render.test_terminal import printed


def _names(report: Report, *, is_whole: bool = False) -> list[list[str]]:
    return [[model.name for model in entry.models] for entry in Order(report, is_whole=is_whole).entries]


def _with(*models: ModelReport) -> Report:
    return replace(trust.undeclared(), models=models)


def test_causes_come_first_and_below_each_what_follows() -> None:
    """A reviewer would look for the bug in what only shows it."""
    models = (trust.root("a"), trust.root("b"), trust.member("late", "b"), trust.member("early", "a"))
    assert _names(_with(*models)) == [["a"], ["early"], ["b"], ["late"]]


def test_of_many_below_the_gravest_few_have_a_row() -> None:
    """Forty rows of one finding would push the next one from the screen."""
    below = [trust.member(f"m{n}", "orders", grade=Grade.FAIL if n == 5 else Grade.WARN) for n in range(6)]
    report = _with(trust.root(), *below)
    assert _names(report) == [["orders"], ["m5"], ["m0"], ["m1"], ["m2", "m3", "m4"]]
    assert _names(_with(trust.root(), *below[:5])) == [["orders"], ["m0"], ["m1"], ["m2"], ["m3"], ["m4"]]
    assert len(_names(report, is_whole=True)) == 7


def test_the_page_tells_what_it_is_where_it_comes_from_which_rows_and_that_nobody_declared_it() -> None:
    """A tired reviewer would have to open four folds to know whether to merge."""
    report = trust.undeclared()
    said = gist(Order(report, is_whole=False), Labels(report.models), DRESS)
    assert said == (
        "orders changed (own SQL): 8,906 rows removed, 412 rows changed; columns: 1 changed. "
        "All 8,906 removed rows have status in (returned, return_pending), and no other row has. "
        "40 models downstream changed only because of it. "
        "Nothing declared it."
    )
    text = comment(report).replace("\N{NO-BREAK SPACE}", " ")
    assert text.index("All 8,906 removed rows") < text.index("| Model |") < text.index("**What to do:**")
    assert "| ❌ changed,<br>because of `orders` | ↳ `mart_00`<br>downstream |" in text
    assert "↳ and 37 more downstream,<br>changed only because of `orders`" in text
    assert "<summary>❌ 37 models changed only because of what is above</summary>" in text
    assert text.index("<code>vouchers</code>") < text.index("<code>mart_00</code>"), "what follows comes last"
    assert "because of `orders` and `vouchers`" in summary(report).replace("\N{NO-BREAK SPACE}", " ")
    assert "↳ and 37 more" in printed(report)
    assert not gist(Order(trust.advisory(), is_whole=False), Labels(()), DRESS).startswith("daily_revenue")


def test_a_declaration_to_paste_is_whole_or_not_there() -> None:
    """Half a declaration declares something else, and a page that promises a block has one."""
    long = replace(shop(), proposal="".join(f"model_{n}: unchanged\n" for n in range(2_000)))
    for limit in (2_000, 20_000, 41_000, 60_000):
        text = comment(long, limit)
        assert len(text) <= limit
        assert ("a block that fits is below" in text) is ("model_1999: unchanged" in text) is ("model_0:" in text)
    assert "model_1999: unchanged" in comment(long)
    quoted = comment(replace(shop(), proposal='"a ```` b": unchanged'))
    assert re.search(r'^``````markdown\n`````proofbot\n"a ```` b": unchanged\n`````\n``````$', quoted, re.MULTILINE)


def test_the_digest_is_that_of_the_file_where_it_is_known() -> None:
    """Nobody could find the report that a comment is about."""
    report = trust.declared()
    assert re.search(r" · evidence `[0-9a-f]{12}…` \(report\.json\)</sub>", comment(report))
    assert "evidence" not in comment(replace(report, evidence=None)).rpartition("<sub>")[2]


def test_the_first_sentence_is_of_the_gravest_cause() -> None:
    """A reviewer would read of a column that was added where a model lost rows."""
    rows = trust.root().rows
    assert rows is not None
    mild = replace(trust.root("mild"), rows=replace(rows, added=0, removed=0, changed=0))
    report = _with(mild, trust.root("grave"))
    assert gist(Order(report, is_whole=False), Labels(report.models), DRESS).startswith("grave changed")
