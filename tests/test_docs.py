"""The documentation: the site builds, asks nobody for anything, and says what the code says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import cmarkgfm
import pytest
import yaml
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt
from pymdownx.slugs import slugify

from handbook.pages import DOCS, ROOT, texts

_READ_ON_GITHUB = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "demo/README.md")
_IN_MESSAGES = re.compile(r"\bdocs/[\w./-]+\.(?:md|yml|json)(?:#[\w-]+)?")
_ASSETS = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src", "link": "href"}
_BLOCKS = frozenset({"h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "th", "td", "pre", "code", "img", "hr"})
_NESTING = frozenset({"ul", "ol", "blockquote"})
_CSS_ADDRESS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])([^'\")]+)")


def _build(settings: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    told = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, "--config-file", str(settings)], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    done = _build(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_faults_of_a_page_end_the_build(tmp_path: Path) -> None:
    """Readers would follow links to nowhere, and pages be lost that no menu leads to."""
    docs = tmp_path / "docs"
    shutil.copytree(DOCS, docs)
    (docs / "lost.md").write_text("# Lost\n", encoding="utf-8")
    page = docs / "index.md"
    links = "[a](no-such.md) [b](limits.md#no-such-heading) [c](../no-such-file) [d](../README.md)"
    page.write_text(f"{page.read_text(encoding='utf-8')}\n{links}\n", encoding="utf-8")
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "handbook").symlink_to(ROOT / "handbook")

    done = _build(tmp_path / "mkdocs.yml", tmp_path / "site")

    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if "index.md" in line or "lost.md" in line]
    for fault in ("lost.md", "no-such.md", "#no-such-heading", "../no-such-file"):
        assert any(fault in line for line in told), done.stderr
    assert not any("README" in line for line in told)


class _Page(HTMLParser):
    """What a page of the site loads, and its blocks in order, each with how deep in lists it is; `within` is the
    element that is looked at, or all."""

    def __init__(self, text: str, within: str = "") -> None:
        super().__init__()
        self.loads: list[str] = []
        self.blocks: list[str] = []
        self.classes: set[str] = set()
        self._within, self._is_in, self._depth = within, not within, 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        told = dict(attrs)
        self.classes |= set((told.get("class") or "").split())
        address = told.get(_ASSETS.get(tag, ""))
        # What a machine may read of the page is no asset of it.
        if address and told.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(address)
        self._is_in |= tag == self._within
        if self._is_in and tag in _BLOCKS:
            self.blocks.append(f"{tag}, {self._depth} deep")
        self._depth += self._is_in and tag in _NESTING

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        self._depth -= self._is_in and tag in _NESTING
        self._is_in &= not self._within or tag != self._within


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """Whoever reads behind a wall would see a broken page, and elsewhere somebody would be told who reads what."""
    pages = [*site.rglob("*.html")]
    assert len(pages) > 40
    for path in pages:
        page = _Page(path.read_text(encoding="utf-8"))
        assert page.loads
        for address in page.loads:
            parts = urlsplit(address)
            assert not parts.scheme, f"{path.name} loads {address}"
            assert not parts.netloc, f"{path.name} loads {address}"
            found = (site if path.name == "404.html" else path.parent) / unquote(parts.path).removeprefix("/")
            assert found.resolve().is_file(), f"{path.name} loads {address}, which is not there"
        # The theme's script fetches Mermaid from a CDN where it finds such a diagram.
        assert "mermaid" not in page.classes, path.name
    for path in site.rglob("*.css"):
        for address in _CSS_ADDRESS.findall(path.read_text(encoding="utf-8")):
            assert address.startswith(("data:", "#")) or not urlsplit(address).netloc, f"{path.name} loads {address}"


_PAGES = [path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_github_and_the_site_show_the_same_blocks(site: Path, page: Path) -> None:
    """A list without an empty line before it is a list on GitHub, and a heap of words in the site."""
    built = site / (page.parent / "index.html" if page.name == "README.md" else page.with_suffix(".html"))
    text = (DOCS / page).read_text(encoding="utf-8")
    on_github = _Page(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)).blocks
    assert _Page(built.read_text(encoding="utf-8"), "article").blocks == on_github


@pytest.mark.parametrize("page", [*texts().items()], ids=lambda one: one.name if isinstance(one, Path) else "")
def test_pages_from_the_code_are_those_of_this_code(
    page: tuple[Path, str], assert_golden: Callable[[Path, str], None]
) -> None:
    """A user would read of options, keys and fields that do not exist; `--regenerate` writes the pages anew."""
    assert_golden(*page)


def _anchors(path: Path) -> frozenset[str]:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(path.read_text(encoding="utf-8"))
    headings = [after for token, after in pairwise(tokens) if token.type == "heading_open"]
    slug = slugify(case="lower")
    return frozenset(slug("".join(one.content for one in heading.children or ()), "-") for heading in headings)


def _links(path: Path) -> Iterator[str]:
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(path.read_text(encoding="utf-8")):
        for one in token.children or ():
            if address := one.attrGet("href") or one.attrGet("src"):
                yield str(address)


def _fault(address: str, page: Path) -> str | None:
    """What is wrong with a link of a page of the repository; None where nothing is."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    found = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not found.exists():
        return f"{address}: there is no such file"
    if parts.fragment and found.suffix == ".md" and parts.fragment not in _anchors(found):
        return f"{address}: there is no such heading"
    return None


@pytest.mark.parametrize(
    "page",
    [*_READ_ON_GITHUB, *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("examples/*/README.md")))],
)
def test_links_of_the_other_pages_lead_somewhere(page: str) -> None:
    """They are in no build: a reader would be the first to see."""
    links = [*_links(ROOT / page)]
    assert links or page == "demo/README.md"
    assert not [fault for link in links if (fault := _fault(link, ROOT / page))]


def test_a_link_to_nowhere_is_seen(tmp_path: Path) -> None:
    """The test of links would find nothing wrong, whatever there is."""
    page = tmp_path / "a.md"
    page.write_text(
        "# A b\n\n[a](#a-b) [b](#c) [c](d.md) [d](a.md#a-b) [e](https://example.com/x) ![f](g.png)\n", "utf-8"
    )
    faults = [_fault(link, page) for link in _links(page)]
    assert [fault and fault.split(":")[0] for fault in faults] == [None, "#c", "d.md", None, None, "g.png"]


def test_messages_name_pages_that_are_there() -> None:
    """The remedy of an error would send its reader to nowhere."""
    named: Mapping[str, str] = {
        found: str(path.relative_to(ROOT))
        for pattern in ("bot/**/*.py", "templates/**/*.yml", "examples/**/*.*", "action.yml", "Dockerfile", "Makefile")
        for path in sorted(ROOT.glob(pattern))
        for found in _IN_MESSAGES.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert not [f"{where}: {fault}" for found, where in named.items() if (fault := _fault(found, ROOT / "x.md"))]


@pytest.mark.parametrize(("page", "least"), [("cli", 30), ("configuration", 50), ("report", 150), ("action", 20)])
def test_everything_in_the_reference_says_what_it_is(page: str, least: int) -> None:
    """A user would find an option, a key or a field, and not what it is for."""
    text = texts()[DOCS / "reference" / f"{page}.md"]
    # An argument of a command is told by the command's own words.
    rows = [line.replace("\\|", "/") for line in text.splitlines() if re.match(r"\| `[a-z-]", line)]
    assert len(rows) >= least
    assert not [row for row in rows if not row.split("|")[-2].strip()]


def test_every_decision_is_in_the_list_of_decisions() -> None:
    """Who reads on GitHub would not find it."""
    listed = set(_links(DOCS / "decisions" / "README.md"))
    assert {path.name for path in DOCS.glob("decisions/0*.md")} == listed


def test_the_settings_are_plain_yaml() -> None:
    """Editors and checkers refuse what only mkdocs can read."""
    assert yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["site_name"] == "proofbot"
