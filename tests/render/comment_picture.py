"""Draws a comment as GitHub shows it: `python -m tests.render.comment_picture COMMENT.md PICTURE.png`.

GitHub's own parser (cmark-gfm) makes the page, what GitHub removes is removed (nh3), GitHub's style sheet dresses it,
Mermaid draws what is Mermaid, and a headless Chromium takes the picture. `--open` unfolds what is folded;
`--dark`, `--width`.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Literal

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options
from playwright.sync_api import Browser, Page

from tests.browser import NoBrowser, chromium
from tests.tools import GITHUB_STYLE, MERMAID

_PAGE = """<!doctype html><meta charset="utf-8"><style>{style}
body {{ margin: 0; padding: 1px; background: {ground}; }}
.comment {{ margin: 16px; border: 1px solid {border}; border-radius: 6px; overflow: hidden; }}
.by {{ padding: 8px 16px; background: {header}; border-bottom: 1px solid {border}; color: {ink};
  font: 14px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }}
.markdown-body {{ padding: 16px; font-size: 14px; }}
.markdown-body pre.mermaid {{ background: none; }}</style>
<body><div class="comment"><div class="by"><b>github-actions</b> bot commented</div>
<article class="markdown-body" data-theme="{theme}">{body}</article></div></body>"""
_LIGHT = {"theme": "light", "ground": "#ffffff", "border": "#d1d9e0", "header": "#f6f8fa", "ink": "#59636e"}
_DARK = {"theme": "dark", "ground": "#0d1117", "border": "#3d444d", "header": "#151b23", "ink": "#9198a1"}
_MOST_PIXELS = 9_000
# As GitHub does: nothing in a diagram may be a link, a script, or HTML of its own.
_DRAW = """async (theme) => {
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme });
  await mermaid.run({ querySelector: "pre.mermaid" });
}"""


def page(comment: str, *, dark: bool = False, unfolded: bool = False) -> str:
    """A comment in Markdown as a page in HTML, as GitHub would show it; diagrams are `pre.mermaid`, not yet drawn."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES
    options |= Options.CMARK_OPT_GITHUB_PRE_LANG
    extensions = ["table", "autolink", "tagfilter", "strikethrough", "tasklist"]
    body = nh3.clean(
        cmarkgfm.markdown_to_html_with_extensions(comment, options=options, extensions=extensions),
        attributes={**nh3.ALLOWED_ATTRIBUTES, "th": {"align"}, "td": {"align"}, "pre": {"lang"}},
    )
    body = re.sub(r'<pre lang="mermaid"><code>(.*?)</code></pre>', r'<pre class="mermaid">\1</pre>', body, flags=re.S)
    if unfolded:
        body = body.replace("<details>", "<details open>")
    return _PAGE.format(style=GITHUB_STYLE.read_text(encoding="utf-8"), body=body, **(_DARK if dark else _LIGHT))


def draw_diagrams(shown: Page, *, dark: bool = False) -> None:
    """Draws all that is Mermaid on a page.

    Raises:
        playwright.sync_api.Error: Mermaid does not understand one.
    """
    if shown.locator("pre.mermaid").count():
        shown.add_script_tag(path=MERMAID)
        shown.evaluate(_DRAW, "dark" if dark else "default")


def take(
    browser: Browser, comment: str, picture: Path, *, width: int = 900, dark: bool = False, unfolded: bool = False
) -> None:
    """Takes a picture of a comment, as high as it is."""
    scheme: Literal["light", "dark"] = "dark" if dark else "light"
    shown = browser.new_page(viewport={"width": width, "height": 100}, color_scheme=scheme)
    shown.set_content(page(comment, dark=dark, unfolded=unfolded))
    draw_diagrams(shown, dark=dark)
    height = int(shown.evaluate("document.documentElement.offsetHeight"))
    shown.set_viewport_size({"width": width, "height": min(height, _MOST_PIXELS)})
    shown.screenshot(path=picture)
    shown.close()


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comment", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--width", type=int, default=900)
    told = parser.parse_args()
    text = told.comment.read_text(encoding="utf-8")
    try:
        with chromium() as browser:
            take(browser, text, told.picture, width=told.width, dark=told.dark, unfolded=told.open)
    except NoBrowser as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
