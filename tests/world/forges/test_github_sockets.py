"""GitHub over real connections: what breaks on the way, and who sees our token."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bot.domain import RunId
from bot.world.forges.contract import Unavailable
from bot.world.forges.github import GitHub
from bot.world.forges.retries import Retries

from .github_answers import TOKEN, place
from .http_script import served


def _impatient() -> Retries:
    return Retries(attempt_seconds=1, write_seconds=0, sleep=lambda _seconds: None)


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
@pytest.mark.parametrize("fault", ["cut", "slow"])
def test_real_silence_is_met_by_a_search(prefix: str, fault: str) -> None:
    """A comment would stand twice, because the connection broke, or nobody answered, after it was stored."""
    with served() as server:
        home = f"{prefix}/repos/acme/shop/issues/7/comments"
        server.script = {home: [fault, b'[{"id": 5, "body": "ours"}]']}
        forge = GitHub(place(f"{server.url()}{prefix}"), TOKEN, _impatient())
        assert forge.create_comment(7, "ours", lambda: forge.comments(7)[0]).number == 5
        assert [verb for verb, *_ in server.asked] == ["POST", "GET"]


def test_nobody_there_is_told_in_plain_words() -> None:
    """Nobody could tell from the log whether it was the network, or GitHub."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        retries = Retries(0, sleep=lambda _seconds: None)
        with pytest.raises(Unavailable) as caught:
            GitHub(place(address), TOKEN, retries).pull_request(7)
    assert str(caught.value) == "GitHub did not show pull request #7: [Errno 111] Connection refused (asked once)"


def test_foreign_storage_sees_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The storage of a stranger would be shown our token, or the user's password for its host."""
    secrets = tmp_path / "netrc"
    secrets.write_text("machine localhost login me password hunter22\n")
    monkeypatch.setenv("NETRC", str(secrets))
    with served() as server, served() as storage:
        home = "/api/v3/repos/acme/shop/actions"
        listed = b'{"artifacts": [{"id": 2, "name": "report", "expired": false, "created_at": "2026-01-01"}]}'
        server.script = {
            f"{home}/runs/31/artifacts": [listed],
            f"{home}/artifacts/2/zip": [f"{storage.url('localhost')}/zip?sig=1"],
        }
        storage.script = {"/zip": [b"PK\x03\x04"]}
        forge = GitHub(place(f"{server.url()}/api/v3"), TOKEN, _impatient())
        assert forge.artifact(RunId(31), "report", 10) == b"PK\x03\x04"
        assert "Authorization" in server.asked[-1][2]
        assert "Authorization" not in storage.asked[0][2]
