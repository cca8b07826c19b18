"""A report as one HTML file that needs no network: the summary of a job, for CI systems that show none.

It is the same Markdown, read by markdown-it. What it may become is listed here: elements that show text, and of HTML in
the Markdown only the few tags that our pages write. All else is text. Links and pictures are not read at all. The
browser is told to load nothing and to run nothing, whatever may have been overlooked.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.domain import Report, Whereabouts
from bot.render import markdown, words
from bot.render.escape import visible

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --muted: #59636e; --page: #fff; --box: #f6f8fa; --line: #d1d9e0; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --muted: #9198a1; --page: #0d1117; --box: #151b23; --line: #3d444d; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0 0 1rem; padding-bottom: .5rem; border-bottom: 1px solid var(--line); font-size: 1.35rem;
  line-height: 1.3; }
p, ul, ol, pre, details, .wide { margin: 0 0 1rem; }
ul, ol { padding-left: 1.4rem; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { padding: .15em .35em; border-radius: 5px; background: var(--box); overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; border-radius: 6px; background: var(--box); overflow-x: auto; }
pre code { padding: 0; background: none; overflow-wrap: normal; }
details { border: 1px solid var(--line); border-radius: 6px; padding: 0 .9rem; }
summary { margin: 0 -.9rem; padding: .55rem .9rem; cursor: pointer; overflow-wrap: anywhere; }
details[open] > summary { margin-bottom: .9rem; border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .75rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--box); }
.number { text-align: right; }
.number, td strong, th code, td code { overflow-wrap: normal; white-space: nowrap; }
sub { display: block; color: var(--muted); font-size: .82rem; line-height: 1.5; vertical-align: baseline; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 2rem; font-size: 15px; }
  h1 { font-size: 1.15rem; }
  th, td { padding: .35rem .5rem; }
}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
_NOT_READ = ["image", "link", "autolink", "reference"]
# Of the HTML in our Markdown: these tags, without attributes, and references to single characters.
_OURS = re.compile(r"</?(?:details|summary|sub|code)>|<br>|&(?:lt|gt|amp|quot|#x27);")
_TITLE_CAP = 200


def page(report: Report, whereabouts: Whereabouts) -> str:
    """The page, with a line end at its end. What no room is left for in a megabyte of Markdown is not on it."""
    title = html.escape(visible(words.headline(report))[:_TITLE_CAP])
    told = body(markdown.summary(report, whereabouts, draws=False))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title} · proofbot</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{told}</main>
</body>
</html>
"""


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
        token.tag = "h1"
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
