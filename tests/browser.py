"""The browser of the tests: a Chromium on the PATH, or one that is fetched into .chromium.

npm's `@sparticuz/chromium` is a Chromium without a window for Linux, packed with the libraries that it needs: it works
where nothing but package registries is reached, and without root. Elsewhere Playwright fetches its own. One that is
missing is a failure, never a reason to skip a test.
"""

from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.fetch_tools import files_of
from tests.tools import CHROMIUM, node

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY = "run `python -m tests.browser`, or install one on the PATH (on Debian: apt-get install chromium)"
_PROGRAM = CHROMIUM / "chromium"
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
_UNPACK = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"


class NoBrowser(Exception):
    """There is no Chromium."""


def make_sure() -> None:
    """Fetches a Chromium where there is none on the PATH; one that is fetched already is kept.

    Raises:
        CalledProcessError: it could not be fetched.
    """
    if _on_path() is not None:
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        subprocess.run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], check=True)
    elif not _PROGRAM.exists():
        _unpack()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window.

    Raises:
        NoBrowser: there is none here.
    """
    with sync_playwright() as playwright:
        browser = _launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _launch(playwright: Playwright) -> Browser:
    arguments = ["--no-sandbox", "--disable-gpu"]
    if (found := _on_path()) is not None:
        return playwright.chromium.launch(executable_path=found, args=arguments)
    if _PROGRAM.exists():
        beside: dict[str, str | float | bool] = {
            "LD_LIBRARY_PATH": str(CHROMIUM / "lib"),
            "FONTCONFIG_FILE": str(CHROMIUM / "fonts.conf"),
        }
        return playwright.chromium.launch(executable_path=_PROGRAM, args=arguments, env={**os.environ, **beside})
    if not Path(playwright.chromium.executable_path).exists():
        raise NoBrowser(f"there is no Chromium: {REMEDY}")
    return playwright.chromium.launch(args=arguments)


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _unpack() -> None:
    packed = files_of("@sparticuz/chromium", ("bin/al2023.tar.br", "bin/chromium.br", "bin/fonts.tar.br"))
    libraries, program, fonts = (
        subprocess.run([node(), "-e", _UNPACK], input=part, capture_output=True, check=True).stdout for part in packed
    )
    shutil.rmtree(CHROMIUM, ignore_errors=True)
    for archive in (libraries, fonts):
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            members.extractall(CHROMIUM, filter="data")
    settings = _FONTS.format(fonts=CHROMIUM / "fonts", cache=CHROMIUM / "cache")
    (CHROMIUM / "fonts.conf").write_text(settings, encoding="utf-8")
    # Last: what is there is complete.
    whole = CHROMIUM / "unfinished"
    whole.write_bytes(program)
    whole.chmod(0o755)
    whole.replace(_PROGRAM)


if __name__ == "__main__":
    make_sure()
