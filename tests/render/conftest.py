"""The browser of the tests that look at pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import NoBrowser, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module; without one they fail, they are not skipped."""
    try:
        with chromium() as found:
            yield found
    except NoBrowser as missing:
        pytest.fail(str(missing), pytrace=False)
