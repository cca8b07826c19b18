"""The summary of a job as HTML, for pages that are not Markdown.

It is the same Markdown, read by markdown-it. What it may become is listed here: elements that show text, and of HTML in
the Markdown only the few tags that our pages write. All else is text. Links and pictures are not read at all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NOT_READ = ["image", "link", "autolink", "reference"]
# Of the HTML in our Markdown: these tags, without attributes, and references to single characters.
_OURS = re.compile(r"</?(?:details|summary|sub|code)>|<br>|&(?:lt|gt|amp|quot|#x27);")


def body(text: str) -> str:
    """Markdown as HTML, for which no text is trusted: elements without attributes that show text, and no others."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table").disable(_NOT_READ)
    tokens = list(_dressed(reader.parse(text)))
    return str(reader.renderer.render(tokens, reader.options, {}))


def _dressed(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens without attributes but our own; tables can be scrolled aside, where they are too wide."""
    for token in tokens:
        if token.type == "table_open":
            yield _verbatim('<div class="wide">\n')
        yield _plain(token)
        if token.type == "table_close":
            yield _verbatim("</div>\n")


def _plain(token: Token) -> Token:
    if token.children:
        token.children = [_plain(child) for child in token.children]
    if token.type in ("html_block", "html_inline"):
        return _verbatim(_harmless(token.content))
    is_number = "right" in str(token.attrs.get("style", ""))
    token.attrs = {"class": "number"} if is_number else {}
    token.info = ""  # the language of a block would become a class
    if token.tag == "h3":
        token.tag = "h2"
    return token


def _verbatim(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _harmless(markup: str) -> str:
    """The HTML of a Markdown page with nothing in it that we do not write ourselves."""
    parts: list[str] = []
    end = 0
    for found in _OURS.finditer(markup):
        parts += [html.escape(markup[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, html.escape(markup[end:])])
