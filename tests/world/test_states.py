"""The state of production from a disk, and from a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.errors import EnvironmentFailure, UsageError
from bot.world import states

_MANIFEST = b'{"metadata": {}}'
_TOKEN = "s3cret-of-nobody"


@dataclass
class _Served:
    """A server: its address, and what it was asked for, each with the header that holds the token."""

    address: str
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    answers: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)


def _serve(stack: ExitStack) -> _Served:
    served = _Served("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, self.headers.get("Authorization")))
            status, headers, content = served.answers[self.path]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stack.callback(thread.join)
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return served


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ExitStack]:
    """Servers that end with the test. A .netrc knows a password for them."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login anybody password wrong\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with ExitStack() as stack:
        yield stack


def test_a_manifest_is_read_from_its_folder_or_by_its_name(tmp_path: Path) -> None:
    """What dbt takes for `--state` would not be taken here."""
    (tmp_path / "manifest.json").write_bytes(_MANIFEST)
    assert states.load(tmp_path) == states.load(tmp_path / "manifest.json") == (_MANIFEST, {"metadata": {}})


def test_what_is_not_there_or_no_json_is_said_with_its_place(tmp_path: Path) -> None:
    """A bare error of Python's would tell nobody which folder was looked at."""
    with pytest.raises(UsageError) as absent:
        states.load(tmp_path / "target")
    assert (absent.value.where, "--state" in absent.value.remedy) == (str(tmp_path / "target"), True)
    (tmp_path / "manifest.json").write_text("<html>", encoding="utf-8")
    with pytest.raises(UsageError, match="is no JSON"):
        states.load(tmp_path)


@pytest.mark.parametrize(
    ("token", "header"), [(_TOKEN, f"Bearer {_TOKEN}"), (f"Token {_TOKEN}", f"Token {_TOKEN}"), (None, None)]
)
def test_a_manifest_is_fetched_with_the_token_that_is_named(
    stack: ExitStack, token: str | None, header: str | None
) -> None:
    """dbt Cloud would refuse, or a password of a .netrc go to it in place of the token."""
    served = _serve(stack)
    served.answers["/manifest.json?job=1"] = (200, {}, _MANIFEST)
    assert states.fetch(f"{served.address}/manifest.json?job=1", token) == (_MANIFEST, {"metadata": {}})
    assert served.asked == [("/manifest.json?job=1", header)]


def test_another_host_that_is_redirected_to_does_not_see_the_token(stack: ExitStack) -> None:
    """A redirect to a storage would hand the token of the API to whoever runs that."""
    served, storage = _serve(stack), _serve(stack)
    served.answers["/first"] = (302, {"Location": "/second"}, b"")
    served.answers["/second"] = (302, {"Location": f"{storage.address}/third"}, b"")
    storage.answers["/third"] = (200, {}, _MANIFEST)
    assert states.fetch(f"{served.address}/first", _TOKEN)[0] == _MANIFEST
    assert served.asked == [("/first", f"Bearer {_TOKEN}"), ("/second", f"Bearer {_TOKEN}")]
    assert storage.asked == [("/third", None)]


def test_a_circle_of_redirects_ends(stack: ExitStack) -> None:
    """The run would never end."""
    served = _serve(stack)
    served.answers["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(EnvironmentFailure, match="redirects more than"):
        states.fetch(f"{served.address}/a", None)


@pytest.mark.parametrize(("status", "words"), [(401, "refused: HTTP 401"), (404, "refused"), (503, "HTTP 503")])
def test_a_refusal_is_said_without_a_secret(stack: ExitStack, status: int, words: str) -> None:
    """The log of a public job would show what is in the address."""
    served = _serve(stack)
    served.answers["/m?key=hidden"] = (status, {}, b"no")
    with pytest.raises(EnvironmentFailure, match=words) as refused:
        states.fetch(f"{served.address}/m?key=hidden", _TOKEN)
    told = f"{refused.value} {refused.value.where} {refused.value.remedy}"
    assert "hidden" not in told
    assert _TOKEN not in told


def test_a_server_that_sends_without_end_is_cut_off(stack: ExitStack) -> None:
    """A wrong address would fill the memory of the runner."""
    served = _serve(stack)
    served.answers["/m"] = (200, {}, b" " * 3_000_000)
    with pytest.raises(EnvironmentFailure, match="larger than"):
        states.fetch(f"{served.address}/m", None, most_bytes=2_000_000)


def test_a_server_that_is_not_there_is_said() -> None:
    """A traceback of sockets would be all there is."""
    with pytest.raises(EnvironmentFailure, match="could not be fetched"):
        states.fetch("http://127.0.0.1:9/manifest.json", _TOKEN)


@pytest.mark.parametrize(
    "address",
    ["http://example.org/m", "ftp://example.org/m", "https://me:pass@example.org/m", "https:///m", "https://[/m"],
)
def test_an_address_that_is_not_safe_is_refused(address: str) -> None:
    """The token would go over the network in clear, and a password into messages."""
    with pytest.raises(UsageError, match="is refused") as refused:
        states.fetch(address, _TOKEN)
    assert "pass" not in (refused.value.where or "")


def test_a_redirect_to_what_is_not_safe_is_refused(stack: ExitStack) -> None:
    """A manifest that anybody on the way can change would say what is not built."""
    served = _serve(stack)
    served.answers["/m"] = (302, {"Location": "http://example.org/m"}, b"")
    with pytest.raises(UsageError, match="is refused"):
        states.fetch(f"{served.address}/m", None)
