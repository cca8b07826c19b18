"""The browser of the tests: a Chromium on the PATH, or the one that Playwright has fetched.

One that is missing is a failure, never a reason to skip a test.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY = "install one on the PATH (on Debian: apt-get install chromium), or `python -m playwright install chromium`"


class NoBrowser(Exception):
    """There is no Chromium."""


def make_sure() -> None:
    """Fetches a Chromium by Playwright, where there is none on the PATH; one that is fetched already is kept.

    Raises:
        CalledProcessError: it could not be fetched.
    """
    if _on_path() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], check=True)


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window.

    Raises:
        NoBrowser: there is none here.
    """
    found = _on_path()
    with sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            raise NoBrowser(f"there is no Chromium: {REMEDY}")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    make_sure()
