"""What GitHub answers, as far as we read it, and an adapter that hears it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import responses

from bot.domain import Place, RunId
from bot.world.forges.github import GitHub

from .clock import Clock

TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"  # the example of GitHub's documentation
API = "https://api.github.com:443"  # PyGithub always names the port
HOME = f"{API}/repos/acme/shop"


def place(api_url: str = "https://api.github.com") -> Place:
    """A job of run 30, for the repository acme/shop."""
    run = "https://github.com/acme/shop/actions/runs/30"
    return Place("https://github.com", api_url, "acme/shop", RunId(30), run)


def github(clock: Clock | None = None, api_url: str = "https://api.github.com", total_seconds: float = 300) -> GitHub:
    """An adapter whose time is the clock's."""
    return GitHub(place(api_url), TOKEN, (clock or Clock()).retries(total_seconds))


@pytest.fixture(name="web")
def _web() -> Iterator[responses.RequestsMock]:
    """Answers registered requests in order, and refuses every other; all must have been asked."""
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as web:
        yield web


def comment(number: int, body: str = "hello", login: str | None = "octocat", kind: str = "User") -> dict[str, Any]:
    """A comment on an issue."""
    user = {"login": login, "type": kind} if login else None
    return {"id": number, "user": user, "body": body, "html_url": f"https://github.com/acme/shop/pull/7#c{number}"}


def pull_request(number: int = 7, **changes: Any) -> dict[str, Any]:
    """A pull request of a branch of the repository itself."""
    return {
        "number": number,
        "state": "open",
        "draft": False,
        "title": "Add prices",
        "body": "Prices, at last",
        "html_url": f"https://github.com/acme/shop/pull/{number}",
        "user": {"login": "octocat"},
        "labels": [{"name": "data"}, {"name": "urgent"}],
        "head": {"sha": "a" * 40, "ref": "prices", "repo": {"full_name": "acme/shop"}},
        "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "acme/shop"}},
        **changes,
    }


def artifact(number: int, name: str, created: str = "2026-01-01T00:00:00Z", *, expired: bool = False) -> dict[str, Any]:
    """An artifact of a workflow run."""
    return {"id": number, "name": name, "size_in_bytes": 4, "expired": expired, "created_at": created}
