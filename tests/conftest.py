"""What every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.world.forges.fake_github import FakeGitHub
    from tests.world.forges.fake_gitlab import FakeGitLab


# How long an example takes says more about who else is on the machine than about us. In CI the examples are the same
# each time, so that main is green or red by what is on it; elsewhere, and in `make test-long`, they are drawn anew.
settings.register_profile("without a clock", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("without a clock")


def pytest_configure() -> None:
    """Hears Ctrl-C, and lets child processes hear it, also where a shell has started us in the background without."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that writes golden files anew."""
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def assert_golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with its golden file, or, with --regenerate, writes the file."""

    def check(file: Path, text: str) -> None:
        if request.config.getoption("--regenerate"):
            file.write_text(text, encoding="utf-8", newline="\n")
        assert text == file.read_text(encoding="utf-8"), "run pytest with --regenerate and look at the difference"

    return check


@pytest.fixture
def fake_github(request: pytest.FixtureRequest) -> Iterator[FakeGitHub]:
    """A GitHub over HTTP. The test fails at its end if it was sent what no client should ever send.

    Indirect parameter: the prefix of the API's paths; `/api/v3` makes it an Enterprise Server.
    """
    # Needs the extra `dev`, which the oldest environment does not have: its tests do without.
    from tests.world.forges.fake_github import FakeGitHub

    with FakeGitHub(prefix=getattr(request, "param", "")) as fake:
        yield fake
    fake.check()


@pytest.fixture
def fake_gitlab(request: pytest.FixtureRequest) -> Iterator[FakeGitLab]:
    """A GitLab over HTTP, of which the same holds.

    Indirect parameter: the prefix of all its paths; `/gitlab` as where it shares its host with others.
    """
    from tests.world.forges.fake_gitlab import FakeGitLab

    with FakeGitLab(prefix=getattr(request, "param", "")) as fake:
        yield fake
    fake.check()
