"""Whom we believe to be GitLab: over real TLS, with authorities of our own."""

from __future__ import annotations

import datetime
import http.server
import ssl
import threading
from collections.abc import Iterator
from typing import NamedTuple

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.domain import ForgeKind, Place, RunId
from bot.world.forges.contract import Unavailable
from bot.world.forges.gitlab import GitLab

from .clock import Clock

TOKEN = "glpat-abcdefgh12345678IJKL"


class _Signed(NamedTuple):
    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def _sign(who: str, by: _Signed | None = None, *, is_authority: bool = True) -> _Signed:
    """A certificate; without a signer an authority's own."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
    key = ec.generate_private_key(ec.SECP256R1())
    signer, signing = (by.name, by.key) if by else (name, key)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(signer, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    return _Signed(name, key, made.sign(signing, hashes.SHA256()))


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"username": "bot"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


class _Own(NamedTuple):
    """A GitLab with an authority of its own: its address, and files with who vouches for it."""

    url: str
    root: str
    between: str

    def whoami(self, ca_file: str | None) -> str:
        """Asks it."""
        place = Place(self.url, f"{self.url}/api/v4", "acme/shop", RunId(1, 2), "", ForgeKind.GITLAB)
        return GitLab(place, TOKEN, Clock().retries(), ca_file=ca_file).whoami()


@pytest.fixture(name="own", scope="module")
def _own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Own]:
    folder = tmp_path_factory.mktemp("authority")
    root = _sign("Root")
    between = _sign("Between", root)
    leaf = _sign("localhost", between, is_authority=False)
    key = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "root.pem").write_bytes(root.pem)
    (folder / "between.pem").write_bytes(between.pem)
    (folder / "server.pem").write_bytes(key + leaf.pem + between.pem)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"https://localhost:{server.server_address[1]}"
        yield _Own(url, str(folder / "root.pem"), str(folder / "between.pem"))
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def test_the_file_that_the_runner_names_is_enough(own: _Own) -> None:
    """A self-managed GitLab with an authority of its own could not be reached at all."""
    assert own.whoami(own.root) == "bot"


def test_the_file_may_name_no_root(own: _Own) -> None:
    """Runners name the chain as the server sends it, which need not end in a root."""
    assert own.whoami(own.between) == "bot"


def test_a_bundle_of_the_image_takes_nothing_away(own: _Own, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many images set a bundle of public authorities, and that of one's own would not be believed any more."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    assert own.whoami(own.root) == "bot"


@pytest.mark.parametrize("other", [None, certifi.where(), "/not/there.pem", __file__])
def test_the_bundle_of_a_user_is_enough_whatever_the_runner_names(
    own: _Own, other: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy of the company's, which the runner knows nothing of, GitLab could not be reached."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", own.root)
    assert own.whoami(other) == "bot"


@pytest.mark.parametrize("other", [None, certifi.where(), "/not/there.pem"])
def test_who_is_not_vouched_for_is_not_believed(own: _Own, other: str | None) -> None:
    """Somebody in between would be handed the token, or nobody know what to do about a certificate."""
    with pytest.raises(Unavailable) as caught:
        own.whoami(other)
    assert str(caught.value) == (
        "GitLab did not tell whose token it is: its certificate is not trusted; "
        "name that of your authority in REQUESTS_CA_BUNDLE, or as `tls-ca-file` of the runner, which sets "
        "CI_SERVER_TLS_CA_FILE"
    )


def test_a_certificate_for_another_host_is_not_believed(own: _Own) -> None:
    """Whoever has any certificate of the company's could take the place of its GitLab."""
    elsewhere = own._replace(url=own.url.replace("localhost", "127.0.0.1"))
    with pytest.raises(Unavailable, match="its certificate is not trusted"):
        elsewhere.whoami(own.root)
