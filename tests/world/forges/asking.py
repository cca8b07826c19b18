"""Asks the fake GitHub without any adapter between."""

from __future__ import annotations

from typing import Any

import requests

from tests.world.forges.fake_github import FakeGitHub

COMMENTS = "/repos/octo/shop/issues/7/comments"
PATIENCE = 30.0


def ask(fake: FakeGitHub, token: str, call: str, body: object = None, **query: object) -> requests.Response:
    """Sends one request: `GET /user`."""
    method, _, path = call.partition(" ")
    headers = {"Authorization": f"Bearer {token}"}
    given: dict[str, Any] = {"params": query, "headers": headers, "json": body}
    return requests.request(method, fake.api_url + path, **given, timeout=PATIENCE, allow_redirects=False)


def complaint_of(fake: FakeGitHub) -> str:
    """The one complaint, which the test expected."""
    [complaint] = fake.complaints
    fake.complaints.clear()
    return complaint
