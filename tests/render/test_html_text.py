"""Tests of bot/render/html_text.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Report, Whereabouts
from bot.render import html_text, markdown
from tests.render.evidence import GOLDEN
from tests.render.reports import shop, with_text
from tests.render.test_hostile import ELSEWHERE, VALUES

_BLOCKS = ("h2", "p", "ul", "ol", "li", "pre", "details", "summary", "table", "thead", "tbody", "tr")
_WORDS = ("code", "strong", "em", "sub", "br")
_ALLOWED = {tag: set[str]() for tag in (*_BLOCKS, *_WORDS)}
_ALLOWED |= {"div": {"class"}, "th": {"class"}, "td": {"class"}}
_VOID = ("br", "hr")
# What else Markdown has that only shows: our pages have none of it, and nothing of it acts.
_OF_MARKDOWN = ("h1", "h4", "h5", "h6", "hr", "blockquote")


@dataclass
class _Read:
    tags: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = _Read()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ALLOWED or {name for name, _ in attrs} - _ALLOWED[tag]:
            self.read.faults.append(f"<{tag}> {attrs}")
        if any(name == "class" and value not in ("wide", "number") for name, value in attrs):
            self.read.faults.append(f"<{tag}> {attrs}")
        self.read.tags.append(tag)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.read.faults.append(f"</{tag}> ends nothing")

    def handle_data(self, data: str) -> None:
        self.read.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.read.faults.append(f"a remark: {data}")

    def handle_pi(self, data: str) -> None:
        self.read.faults.append(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        self.read.faults.append(f"a declaration: {data}")

    def close(self) -> None:
        super().close()
        self.read.faults += [f"<{tag}> does not end" for tag in self._open]


def _read(report: Report, whereabouts: Whereabouts = ELSEWHERE) -> _Read:
    return _parsed(html_text.body(markdown.summary(report, whereabouts, draws=False, limit=120_000)))


def _parsed(text: str) -> _Read:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.read


def test_the_page_has_tables_and_folds() -> None:
    """A reader would see pipes and tags instead of a report."""
    found = _read(shop())
    assert {"table", "details", "summary", "sub"} <= set(found.tags)
    assert not re.search(r"\|---|<br>|</?\w+>|&lt;", " ".join(found.text))
    assert '<td class="number">8,906</td>' in html_text.body(markdown.summary(shop(), ELSEWHERE))


@pytest.mark.parametrize("name", GOLDEN)
def test_every_page_has_only_what_is_allowed(name: str) -> None:
    """In cases that nobody looked at, something on the page would act."""
    assert _read(GOLDEN[name]()).faults == []


def test_hostile_texts_never_become_markup() -> None:
    """Whoever names a branch, a column or a model could forge a verdict, or put a script before its reader."""
    for start in range(0, len(VALUES), 1_450):
        found = _read(with_text(VALUES[start : start + 725]))
        assert found.faults == []
        assert found.tags.count("h2") == 1


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1)) ![y](https://e.example/x.png) <https://e.example>",
        '<details open onclick="x">\n\n</DETAILS>',
        "<sub class=x>a</sub >",
        "<code>&lt;b&gt;</code> &lt;b&gt;",
        "```html onload=x\n<script>\n```",
        "<!-- a --> <?x?> <![CDATA[x]]> <!DOCTYPE html>",
    ],
)
def test_markup_that_is_not_ours_is_text(markdown: str) -> None:
    """One mistake in the Markdown would be enough for a script: this page is the second wall."""
    assert _acting(markdown) == []


@given(st.text(st.sampled_from("<>/&;\"'= \n`|-adelistumbrcon#x27")))
def test_no_text_becomes_other_markup(text: str) -> None:
    """The same, of combinations that nobody thought of."""
    assert _acting(text) == []


def _acting(markdown: str) -> list[str]:
    """What of this Markdown becomes more than text, but for tags of ours that do not end as they should."""
    shows = tuple(f"<{tag}> []" for tag in _OF_MARKDOWN)
    found = _parsed(html_text.body(markdown)).faults
    return [fault for fault in found if fault not in shows and not re.match(r"</|<\w+> does not end", fault)]
