"""The artifacts of a run of GitHub Actions."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from bot.domain import RunId
from bot.world.forges.contract import Refused, Rejected, Unavailable

from .github_answers import HOME, TOKEN, artifact, github
from .github_answers import _web as _web  # a fixture

_STORAGE = "https://results.blob.example/zip"


def test_artifacts_are_listed(web: responses.RequestsMock) -> None:
    """The report of a fork's job would not be found, or be looked for where it has expired."""
    url = f"{HOME}/actions/runs/31/artifacts"
    first = [artifact(1, "report"), artifact(2, "old", expired=True)]
    web.get(url, json={"total_count": 3, "artifacts": first}, headers={"Link": '<https://x/?page=2>; rel="next"'})
    web.get(url, json={"total_count": 3, "artifacts": [artifact(3, "logs")]})
    assert github().artifacts(RunId(31, 2)) == ("logs", "report")


def test_newest_artifact_is_fetched_without_our_token(web: responses.RequestsMock) -> None:
    """The report would be that of an earlier attempt, or the storage of a stranger be shown the token."""
    kept = [
        artifact(2, "report", "2026-01-03T00:00:00Z"),
        artifact(1, "report", "2026-01-02T00:00:00Z"),
        artifact(4, "report", "2026-01-04T00:00:00Z", expired=True),
        artifact(5, "reports", "2026-01-05T00:00:00Z"),
    ]
    web.get(f"{HOME}/actions/runs/31/artifacts", json={"artifacts": kept})
    web.get(f"{HOME}/actions/artifacts/2/zip", status=302, headers={"Location": f"{_STORAGE}?sig=s3cret"})
    web.get(_STORAGE, status=307, headers={"Location": "/elsewhere"})
    web.get("https://results.blob.example/elsewhere", body=b"PK\x03\x04")
    assert github().artifact(RunId(31), "report", 4) == b"PK\x03\x04"
    assert parse_qs(urlsplit(str(web.calls[0].request.url)).query)["name"] == ["report"]
    assert "Authorization" in web.calls[1].request.headers
    for index in (2, 3):
        assert TOKEN not in str(web.calls[index].request.headers)
        assert "Authorization" not in web.calls[index].request.headers


def _offer(web: responses.RequestsMock, location: str = _STORAGE) -> None:
    web.get(f"{HOME}/actions/runs/31/artifacts", json={"artifacts": [artifact(2, "report")]})
    web.get(f"{HOME}/actions/artifacts/2/zip", status=302, headers={"Location": location})


def test_large_artifact_is_rejected(web: responses.RequestsMock) -> None:
    """A stranger's pull request could fill the memory of a job that holds our secrets."""
    _offer(web)
    web.get(_STORAGE, body=b"x" * 1_000_001)
    with pytest.raises(Rejected, match="it is larger than 1,000,000 bytes"):
        github().artifact(RunId(31), "report", 1_000_000)


@pytest.mark.parametrize("location", ["http://results.blob.example/zip", "file:///etc/passwd", "ftp://x/y", "//"])
def test_artifact_is_fetched_by_https_only(web: responses.RequestsMock, location: str) -> None:
    """Whoever listens on the way could put another report in the place of ours."""
    _offer(web, location)
    with pytest.raises(Rejected, match="without encryption"):
        github().artifact(RunId(31), "report", 4)


def test_missing_artifact_is_told(web: responses.RequestsMock) -> None:
    """A report that has expired would look like a failure of GitHub, and be waited for."""
    web.get(f"{HOME}/actions/runs/31/artifacts", json={"artifacts": [artifact(2, "report", expired=True)]})
    with pytest.raises(Refused, match="run 31 has no such artifact"):
        github().artifact(RunId(31), "report", 4)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"body": requests.ConnectionError("cut")},
        {"body": b"PK", "headers": {"Content-Length": "4"}, "auto_calculate_content_length": False},
    ],
    ids=["503", "cut", "short"],
)
def test_storage_is_asked_again_by_a_new_address(web: responses.RequestsMock, fault: dict[str, Any]) -> None:
    """A moment's failure of the storage would lose the report of a fork: its address is good for a minute only."""
    _offer(web)
    web.get(_STORAGE, **fault)
    web.get(f"{HOME}/actions/artifacts/2/zip", status=302, headers={"Location": f"{_STORAGE}/2"})
    web.get(f"{_STORAGE}/2", body=b"PK\x03\x04")
    assert github().artifact(RunId(31), "report", 4) == b"PK\x03\x04"


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 404}, {"status": 302, "headers": {"Location": "/zip"}}])
def test_refusing_storage_is_told_without_its_address(web: responses.RequestsMock, fault: dict[str, Any]) -> None:
    """The signed address of a report would stand in a public log."""
    _offer(web, f"{_STORAGE}?sig=s3cret")
    for _ in range(1 if fault["status"] != 302 else 5):
        web.get(_STORAGE, **fault)
    with pytest.raises((Refused, Unavailable)) as caught:
        github().artifact(RunId(31), "report", 4)
    assert "s3cret" not in str(caught.value)
