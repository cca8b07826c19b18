"""Asks a fake forge without any adapter between."""

from __future__ import annotations

from typing import Any

import requests

from tests.world.forges.http_fake.front import Front

COMMENTS = "/repos/octo/shop/issues/7/comments"
PROJECT = "/projects/octo%2Fdata%2Fshop"
NOTES = f"{PROJECT}/merge_requests/7/notes"
PATIENCE = 30.0


def ask(fake: Front, token: str, call: str, body: object = None, **query: object) -> requests.Response:
    """Sends one request: `GET /user`."""
    method, _, path = call.partition(" ")
    given: dict[str, Any] = {"params": query, "headers": fake.credentials(token), "json": body}
    return requests.request(method, fake.api_url + path, **given, timeout=PATIENCE, allow_redirects=False)


def complaint_of(fake: Front) -> str:
    """The one complaint, which the test expected."""
    [complaint] = fake.complaints
    fake.complaints.clear()
    return complaint
