"""Draws a comment as GitHub shows it: `python -m demo.picture COMMENT.md PICTURE.png [--dark] [--open]`.

GitHub's own parser (cmark-gfm) makes the page, what GitHub removes is removed (nh3), GitHub's style sheet dresses it,
and a headless Chromium on the PATH takes the picture. `--open` unfolds what is folded.
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options

_STYLE = Path(__file__).resolve().parent.parent / ".tools" / "github-markdown.css"
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PAGE = """<!doctype html><meta charset="utf-8"><style>{style}
body {{ margin: 0; padding: 1px; background: {ground}; }}
.comment {{ margin: 16px; border: 1px solid {border}; border-radius: 6px; overflow: hidden; }}
.by {{ padding: 8px 16px; background: {header}; border-bottom: 1px solid {border}; color: {ink};
  font: 14px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }}
.markdown-body {{ padding: 16px; font-size: 14px; }}</style>
<body><div class="comment"><div class="by"><b>github-actions</b> bot commented</div>
<article class="markdown-body" data-theme="{theme}">{body}</article></div></body>"""
_LIGHT = {"theme": "light", "ground": "#ffffff", "border": "#d1d9e0", "header": "#f6f8fa", "ink": "#59636e"}
_DARK = {"theme": "dark", "ground": "#0d1117", "border": "#3d444d", "header": "#151b23", "ink": "#9198a1"}
_MOST_PIXELS = 16_000


def page(comment: str, *, dark: bool = False, unfolded: bool = False) -> str:
    """A comment in Markdown as a page in HTML, as GitHub would show it."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES
    extensions = ["table", "autolink", "tagfilter", "strikethrough", "tasklist"]
    body = nh3.clean(
        cmarkgfm.markdown_to_html_with_extensions(comment, options=options, extensions=extensions),
        attributes={**nh3.ALLOWED_ATTRIBUTES, "th": {"align"}, "td": {"align"}},
    )
    if unfolded:
        body = body.replace("<details>", "<details open>")
    return _PAGE.format(style=_STYLE.read_text(encoding="utf-8"), body=body, **(_DARK if dark else _LIGHT))


def draw(text: str, picture: Path, width: int) -> None:
    """Takes a picture of a page, as high as the page is.

    Raises:
        SystemExit: there is no Chromium, or it failed.
    """
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit("There is no Chromium on the PATH. On Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/u",
        ]
        # The page tells its own height: first as a text, then it is drawn.
        file.write_text(
            text + "<script>document.title = document.documentElement.offsetHeight</script>", encoding="utf-8"
        )
        told = _run([*command, f"--window-size={width},100", "--dump-dom", file.as_uri()])
        title = re.search(r"<title>(\d+)</title>", told)
        height = min(int(title[1]) if title else 2000, _MOST_PIXELS)
        file.write_text(text, encoding="utf-8")
        _run([*command, f"--window-size={width},{height}", f"--screenshot={picture.absolute()}", file.as_uri()])


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{html.unescape(done.stderr)}")
    return done.stdout


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comment", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--width", type=int, default=900)
    told = parser.parse_args()
    draw(page(told.comment.read_text(encoding="utf-8"), dark=told.dark, unfolded=told.open), told.picture, told.width)


if __name__ == "__main__":
    main()
