"""What `mkdocs build` is told beside mkdocs.yml. The pages are read on GitHub, too, so both have to mean the same:

- anchors are made as GitHub makes them;
- a link that leaves docs/ (an example, the Dockerfile, CONTRIBUTING.md) leads to the repository; where there is no such
  file, it is a warning, which `--strict` makes an error;
- `folder/*.md` in the navigation stands for all pages of the folder, so that a new decision is in it by itself.
"""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify

REPOSITORY = "https://github.com/proofbot/proofbot"
# A logger below that of mkdocs: `--strict` counts its warnings.
_LOG = logging.getLogger("mkdocs.hooks.handbook")
# After the links are made (20), and before mkdocs holds them against its files (0).
_PRIORITY = 5


class _LinksThatLeave(Treeprocessor):
    """Leads links that leave docs/ to the repository."""

    def __init__(self, markdown: Markdown, docs: Path) -> None:
        super().__init__(markdown)
        self._docs = docs
        self.page = ""

    def run(self, root: Element) -> None:
        """Changes the links of a page in place."""
        for element in root.iter("a"):
            href = element.get("href") or ""
            if (path := _leaving(href, self.page)) is not None:
                if not (self._docs.parent / path).exists():
                    _LOG.warning("%s links to %r, and the repository has no such file", self.page, href)
                element.set("href", address(path, self._docs.parent) + _fragment(href))


class Leaving(Extension):
    """Puts `_LinksThatLeave` into each page's Markdown."""

    def __init__(self, docs: Path) -> None:
        super().__init__()
        self._docs = docs
        self._page = ""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Markdown's name)
        """Called anew for each page."""
        processor = _LinksThatLeave(md, self._docs)
        processor.page = self._page
        md.treeprocessors.register(processor, "links_that_leave", _PRIORITY)

    def at(self, page: str) -> None:
        """Says which page comes next."""
        self._page = page


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Takes GitHub's anchors, unfolds the navigation and adds what leads links to the repository."""
    docs = Path(config.docs_dir)
    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    config.nav = list(_unfolded(config.nav or [], docs))
    config.markdown_extensions.append(Leaving(docs))  # type: ignore[arg-type]  # Markdown takes both, mkdocs hands it on
    return config


def on_page_markdown(markdown: str, /, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Tells our extension which page is read."""
    for extension in config.markdown_extensions:
        if isinstance(extension, Leaving):
            extension.at(page.file.src_uri)
    return markdown


def address(path: str, root: Path) -> str:
    """Where a reader finds a file or folder of the repository."""
    return f"{REPOSITORY}/{'tree' if (root / path).is_dir() else 'blob'}/main/{path}"


def _leaving(href: str, page: str) -> str | None:
    """The path in the repository that a link leads to; None where it stays in docs/, or is an address."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), parts.path))
    return None if path.startswith("docs/") else path


def _fragment(href: str) -> str:
    fragment = urlsplit(href).fragment
    return f"#{fragment}" if fragment else ""


def _unfolded(nav: list[Any], docs: Path) -> Iterator[Any]:
    for entry in nav:
        if isinstance(entry, str) and entry.endswith("/*.md"):
            folder = entry.removesuffix("/*.md")
            yield from sorted(f"{folder}/{path.name}" for path in (docs / folder).glob("*.md") if path.stem != "README")
        elif isinstance(entry, dict):
            yield {title: _below(below, docs) for title, below in entry.items()}
        else:
            yield entry


def _below(below: Any, docs: Path) -> Any:
    return list(_unfolded(below, docs)) if isinstance(below, list) else below
