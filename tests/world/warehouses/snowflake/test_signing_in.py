"""What the real connector is handed by dbt-snowflake and by proofbot, for the same profile.

Nobody signs in here: whether Snowflake takes it is unverified, but that builds and checks are let in alike is not.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import snowflake.connector
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.snowflake.connections import SnowflakeConnectionManager, SnowflakeCredentials
from snowflake.connector.connection import DEFAULT_CONFIGURATION

from bot.world.warehouses.snowflake.session import Account

Profile = dict[str, object]
Handed = dict[str, object]
_PLACE: Profile = {
    "account": "my_org-my_account",
    "user": "bot",
    "database": "analytics",
    "schema": "ci",
    "warehouse": "wh",
    "role": "transformer",
}
_REFRESHED: Profile = {
    "authenticator": "oauth",
    "token": "refresh",
    "oauth_client_id": "id",
    "oauth_client_secret": "word",
}
_WAYS: dict[str, Profile] = {
    "password": {"password": "word"},
    "password that is a programmatic access token": {"password": "eyJraWQ.token"},
    "programmatic access token": {"authenticator": "programmatic_access_token", "password": "eyJraWQ.token"},
    "browser": {"authenticator": "externalbrowser"},
    "browser of an identity provider": {"authenticator": "https://my.okta.example", "password": "word"},
    "second factor": {"authenticator": "username_password_mfa", "password": "word"},
    "access token": {"authenticator": "oauth", "token": "access"},
    "access token without a user": {"authenticator": "oauth", "token": "access", "user": None},
    "refresh token": _REFRESHED,
    "web token": {"authenticator": "jwt", "token": "access", "user": None},
    "cloud identity": {"authenticator": "workload_identity", "platform_detection_timeout_seconds": 0.2},
    "proxy": {"password": "word", "proxy_host": "proxy", "proxy_port": 8080},
    "private link": {"password": "word", "host": "a.privatelink", "port": 443, "s3_stage_vpce_dns_name": "vpce"},
    "kept alive": {"password": "word", "client_session_keep_alive": True, "insecure_mode": True},
}
# Beside what dbt hands over: every wait has an end, and the history tells whose a statement is.
_OURS = {"login_timeout", "network_timeout", "socket_timeout", "backoff_policy", "application", "session_parameters"}
_THEIRS = {"reuse_connections", "application", "session_parameters"}  # the first is dbt's own, no word of the connector


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _written(encoding: serialization.Encoding, passphrase: str) -> bytes:
    lock = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    return _key().private_bytes(encoding, serialization.PrivateFormat.PKCS8, lock)


def _key_pair(form: str, passphrase: str, folder: Path) -> Profile:
    more: Profile = {"private_key_passphrase": passphrase} if passphrase else {}
    pem = _written(serialization.Encoding.PEM, passphrase)
    if form == "path":
        path = folder / "key.p8"
        path.write_bytes(pem)
        return {"private_key_path": str(path), **more}
    der = base64.b64encode(_written(serialization.Encoding.DER, passphrase)).decode()
    return {"private_key": pem.decode() if form == "text" else der, **more}


Hand = Callable[[Profile, str | None], tuple[Handed, Handed]]


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """Gives what the connector is handed for a profile: by dbt, and by proofbot with a warehouse for checks."""
    handed: list[Handed] = []
    monkeypatch.setattr(snowflake.connector, "connect", lambda **told: handed.append(told))

    def hand_over(profile: Profile, compute: str | None = None) -> tuple[Handed, Handed]:
        adapter: Any = SnowflakeCredentials
        credentials = adapter(**profile)
        made: Any = Connection
        manager: Any = SnowflakeConnectionManager
        manager.open(
            made(type="snowflake", name="build", credentials=credentials, state=ConnectionState("init"), handle=None)
        )
        Account({"type": "snowflake", **profile}, "profiles.yml", {"run": "r1"}, 20, compute).connect()
        theirs, ours = handed
        return theirs, ours

    return hand_over


def _assert_alike(theirs: Handed, ours: Handed) -> None:
    """What dbt leaves to the connector by handing over nothing, proofbot does not name."""
    assert _said(ours, _OURS) == _said(theirs, _THEIRS)
    assert ours.keys() <= DEFAULT_CONFIGURATION.keys() | {"insecure_mode"}  # an old word that it still takes


def _said(handed: Handed, beside: set[str]) -> Handed:
    """What is handed over, without what is as if it were not."""
    return {name: it for name, it in handed.items() if it is not None and it is not False and name not in beside}


@pytest.mark.parametrize("way", _WAYS)
def test_checks_sign_in_as_builds_do(hand: Hand, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """The builds would pass, and then no check would be let in; or a second factor would be asked for each time."""
    sent: list[tuple[Any, ...]] = []

    def post(url: str, **more: Any) -> requests.Response:
        more.pop("timeout", None)
        made = requests.Request("POST", url, **more).prepare()
        sent.append((made.url, made.body, made.headers["Authorization"]))
        answer = requests.Response()
        answer.status_code, answer._content = 200, b'{"access_token": "renewed"}'
        return answer

    monkeypatch.setattr(requests, "post", post)
    theirs, ours = hand({**_PLACE, **_WAYS[way]}, None)
    _assert_alike(theirs, ours)
    assert sent[:1] == sent[1:]
    assert (len(sent), ours.get("token") == "renewed") == ((2, True) if way == "refresh token" else (0, False))


@pytest.mark.parametrize("passphrase", ["", "open sesame"], ids=["open", "locked"])
@pytest.mark.parametrize("form", ["path", "text", "base64"])
def test_key_pairs_are_read_as_dbt_reads_them(hand: Hand, tmp_path: Path, form: str, passphrase: str) -> None:
    """Service users, whom Snowflake lets in by a key pair only, could build and not ask."""
    theirs, ours = hand({**_PLACE, **_key_pair(form, passphrase, tmp_path)}, None)
    assert ours["private_key"] == _written(serialization.Encoding.DER, "")
    _assert_alike(theirs, ours)


def test_checks_may_compute_elsewhere_than_builds(hand: Hand) -> None:
    """What the bot asks would hold up the builds of others, or a small build would be paid as a large one."""
    theirs, ours = hand({**_PLACE, "password": "word"}, "CHECKS_WH")
    assert (theirs["warehouse"], ours["warehouse"]) == ("wh", "CHECKS_WH")
    _assert_alike({**theirs, "warehouse": "CHECKS_WH"}, ours)


def test_what_dbt_sets_for_a_session_is_set_for_ours_but_the_tag(hand: Hand) -> None:
    """Files could not be read over a private link; or what a check costs would be told as the builds' own."""
    theirs, ours = hand({**_PLACE, "password": "word", "query_tag": "dbt", "s3_stage_vpce_dns_name": "vpce"}, None)
    built, asked = theirs["session_parameters"], ours["session_parameters"]
    assert isinstance(built, dict)
    assert isinstance(asked, dict)
    assert built.pop("QUERY_TAG") == "dbt"
    assert built.items() <= asked.items()
    assert '"run": "r1"' in asked["QUERY_TAG"]
    assert asked["STATEMENT_TIMEOUT_IN_SECONDS"] == 20
