"""Takes pictures of report.html and of comments: `python -m tests.render.report_pictures FOLDER [REPORT.html]`.

Without a report, of made ones: one with all that the page can show, and one of 2,000 models; and of two comments: the
demo's, and one with what is reached, as GitHub shows them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from bot.domain import Whereabouts
from bot.render.html_page import page
from bot.render.markdown import comment
from bot.run.files import assets
from tests.browser import NoBrowser, chromium
from tests.render import reach, rich
from tests.render.comment_picture import take

_DEMO = Path(__file__).resolve().parent.parent / "stories" / "golden" / "demo.md"
_WIDTHS = {"light": 1280, "dark": 1280, "phone": 390}


def main() -> None:
    """See above."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser, tempfile.TemporaryDirectory() as made:
            reports = [Path(name).absolute() for name in sys.argv[2:]] or _made(Path(made))
            for report in reports:
                for look, width in _WIDTHS.items():
                    _take(browser, report, folder / f"{report.stem}_{look}.png", width, dark=look == "dark")
            if not sys.argv[2:]:
                for name, text in (("demo", _DEMO.read_text(encoding="utf-8")), ("reached", comment(reach.reached()))):
                    take(browser, text, folder / f"comment_{name}_light.png", unfolded=True)
                    take(browser, text, folder / f"comment_{name}_dark.png", dark=True, unfolded=True)
    except NoBrowser as missing:
        sys.exit(str(missing))


def _made(folder: Path) -> list[Path]:
    found = []
    for name, report in (("all", rich.rich()), ("many", rich.many())):
        found.append(folder / f"{name}.html")
        found[-1].write_text(page(report, Whereabouts(), assets()), encoding="utf-8")
    return found


def _take(browser: Browser, report: Path, picture: Path, width: int, *, dark: bool) -> None:
    """With the first changed model unfolded."""
    scheme: Literal["light", "dark"] = "dark" if dark else "light"
    shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown.goto(report.as_uri())
    first = shown.locator(".models .name").first
    if first.count():
        first.click()
    height = min(9_000, int(shown.evaluate("document.documentElement.scrollHeight")))
    shown.set_viewport_size({"width": width, "height": height})
    shown.wait_for_timeout(200)
    shown.screenshot(path=picture)
    shown.close()


if __name__ == "__main__":
    main()
