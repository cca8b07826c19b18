"""Markdown as GitHub reads it: its own parser, and what its later filters would act upon."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser

from cmarkgfm import cmark

EXTENSIONS = ("table", "autolink", "strikethrough", "tasklist", "tagfilter")
OPTIONS = (
    cmark.Options.CMARK_OPT_UNSAFE
    | cmark.Options.CMARK_OPT_FOOTNOTES
    | cmark.Options.CMARK_OPT_GITHUB_PRE_LANG
    | cmark.Options.CMARK_OPT_HARDBREAKS
)
OURS = frozenset(
    {"h3", "p", "strong", "em", "code", "pre", "ul", "li", "details", "summary", "sub", "br"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_ATTRIBUTES = {"th": {"align"}, "td": {"align"}, "pre": {"lang"}, "details": set[str](), "a": {"href"}}
# What GitHub's filters look for in text: mentions, references, addresses, commits, emoji, formulas, footnotes, alerts.
_ACTS = re.compile(
    r"[@$<>\[\]`~*]|#\w|\bGH-\d|://|www\.|:[+\w-]+:|\b(?=\d*[a-f])[0-9a-f]{7,40}\b|\b[A-Za-z]+-\d|&#|\^\[",
    re.IGNORECASE,
)
_OUR_FIGURES = re.compile(r"[−+]?[<>]\d[\d.]*%")


@dataclass
class Read:
    """A page as it was read: the tags that begin, each with those around it; text outside of code; tables; links."""

    tags: list[tuple[str, ...]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def structure(self) -> list[tuple[str, ...]]:
        """The tags, but for those of single words."""
        return [path for path in self.tags if path[-1] not in ("code", "em")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        unknown = {name for name, _ in attrs} - _ATTRIBUTES.get(tag, set())
        if unknown:
            self.read.faults.append(f"<{tag}> has {unknown}")
        self.read.tags.append((*self._open, tag))
        if tag == "a":
            self.read.links.append(dict(attrs).get("href") or "")
        if tag == "table":
            self.read.tables.append([])
        if tag == "tr":
            self.read.tables[-1].append([])
        if tag in ("td", "th"):
            self.read.tables[-1][-1].append("")
        if tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.read.faults.append(f"</{tag}> ends nothing")

    def handle_data(self, data: str) -> None:
        if self._open[-1:] and any(tag in ("td", "th") for tag in self._open):
            self.read.tables[-1][-1][-1] += data
        if not {"code", "pre"} & set(self._open):
            self.read.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.read.faults.append(f"a remark: {data}")

    def handle_decl(self, decl: str) -> None:
        self.read.faults.append(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        self.read.faults.append(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        self.read.faults.append(f"a declaration: {data}")

    def close(self) -> None:
        super().close()
        self.read.faults += [f"<{tag}> does not end" for tag in self._open]


def read(markdown: str) -> Read:
    """The page as GitHub's parser reads it."""
    reader = _Reader()
    reader.feed(cmark.markdown_to_html_with_extensions(markdown, OPTIONS, EXTENSIONS))
    reader.close()
    return reader.read


def faults(markdown: str, page: Read, ours: frozenset[str] = frozenset()) -> list[str]:
    """What in this page acts, or is not as we write: empty for a page that only shows. `ours` are links it may have."""
    found = list(page.faults)
    found += [f"a tag that is not ours: <{tag}>" for *_, tag in page.tags if tag not in OURS | {"a"}]
    found += [f"a link: {link}" for link in page.links if link not in ours]
    found += [f"text that acts: {text!r}" for text in page.words if _ACTS.search(_OUR_FIGURES.sub("", text))]
    found += [f"a line that starts with a slash: {line}" for line in markdown.splitlines() if line.startswith("/")]
    found += [f"{sign!r} is not to be seen" for sign in sorted(set(markdown)) if _is_hidden(sign)]
    return [*found, *(["a remark in the text"] if "<!--" in markdown else [])]


def _is_hidden(sign: str) -> bool:
    return sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
