"""The connector is given what dbt-snowflake gives it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dbt.adapters.snowflake.connections import SnowflakeCredentials

from bot.errors import ProofbotError, UsageError
from bot.world.warehouses.snowflake.credentials import arguments

_WHERE = "profiles.yml, shop.outputs.ci"
_PLAIN: dict[str, object] = {
    "type": "snowflake",
    "account": "my_org-my_account",
    "user": "bot",
    "database": "analytics",
    "schema": "ci",
    "warehouse": "wh",
    "role": "transformer",
}


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _pem(key: rsa.RSAPrivateKey, passphrase: str = "") -> str:
    how = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode()


def _der(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "more",
    [
        {"password": "secret-word"},
        {"authenticator": "externalbrowser"},
        {"authenticator": "username_password_mfa", "password": "secret-word"},
        {"authenticator": "oauth", "token": "access-token"},
        {"authenticator": "jwt", "token": "access-token"},
        {"password": "x", "host": "h", "port": 443, "protocol": "https", "proxy_host": "p", "proxy_port": 8080},
        {"password": "x", "insecure_mode": True, "client_session_keep_alive": True},
    ],
    ids=lambda more: str(more.get("authenticator", "-".join(more))),
)
def test_is_what_dbt_gives_the_connector(more: dict[str, object]) -> None:
    """A profile by which dbt builds would not let proofbot ask: each way to sign in needs arguments of its own."""
    output = _PLAIN | more
    adapter: Any = SnowflakeCredentials
    theirs = adapter(**{name: value for name, value in output.items() if name != "type"}).auth_args()
    ours = arguments(output, _WHERE, {})
    for name, value in theirs.items():
        if name not in ("reuse_connections", "private_key"):
            assert ours[name] == value, name
    assert ours["account"] == "my-org-my-account"
    assert [ours[name] for name in ("database", "schema", "warehouse", "role")] == [
        "analytics",
        "ci",
        "wh",
        "transformer",
    ]


@pytest.mark.parametrize("way", ["text", "base64", "file", "locked file"])
def test_private_keys_are_read_in_every_form_that_dbt_reads(tmp_path: Path, way: str) -> None:
    """Who signs in by a key pair, as service users do, could not use proofbot."""
    key = _key()
    path = tmp_path / "key.p8"
    passphrase = "open sesame" if way == "locked file" else ""
    path.write_text(_pem(key, passphrase), encoding="utf-8")
    forms: dict[str, dict[str, object]] = {
        "text": {"private_key": _pem(key)},
        "base64": {"private_key": base64.b64encode(_der(key)).decode()},
        "file": {"private_key_path": str(path)},
        "locked file": {"private_key_path": str(path), "private_key_passphrase": passphrase},
    }
    assert arguments(_PLAIN | forms[way], _WHERE, {})["private_key"] == _der(key)


@pytest.mark.parametrize(
    "more",
    [
        {"private_key": "-----BEGIN PRIVATE KEY-----\nverysecretkey\n-----END PRIVATE KEY-----"},
        {"private_key": "verysecretkey"},
        {"private_key": "verysecretkey", "private_key_path": "/nowhere"},
        {"private_key_path": "/nowhere/verysecretkey"},
        {"private_key": _pem(_key(), "verysecretkey"), "private_key_passphrase": "not-verysecretkey"},
        {
            "authenticator": "oauth",
            "token": "verysecretkey",
            "oauth_client_id": "verysecretkey",
            "oauth_client_secret": "verysecretkey",
            "host": "127.0.0.1",
            "port": 9,
            "protocol": "http",
        },
    ],
)
def test_no_message_holds_a_secret(more: dict[str, object]) -> None:
    """A message goes into comments that many read: the key would stand there."""
    with pytest.raises(ProofbotError) as caught:
        arguments(_PLAIN | more, _WHERE, {})
    assert "verysecretkey" not in f"{caught.value} {caught.value.remedy} {caught.value.__cause__}"
    assert caught.value.where == _WHERE
    assert caught.value.remedy


def test_without_an_account_it_says_where_to_set_it() -> None:
    """Instead of a line of advice there would be the connector's trace."""
    with pytest.raises(UsageError) as caught:
        arguments({"type": "snowflake", "user": "bot"}, _WHERE, {})
    assert "account" in caught.value.remedy


def test_every_wait_has_an_end_and_every_statement_says_whose_it_is() -> None:
    """A host that does not answer would hold a CI job for hours, and nobody could tell what the bot has cost."""
    made = arguments(_PLAIN | {"connect_timeout": 7}, _WHERE, {"run": "r1", "request": "12"})
    assert made["login_timeout"] == 7
    assert isinstance(made["network_timeout"], int)
    assert isinstance(made["socket_timeout"], int)
    parameters = made["session_parameters"]
    assert isinstance(parameters, dict)
    assert json.loads(parameters["QUERY_TAG"]) == {"app": "proofbot", "run": "r1", "request": "12"}
    assert (parameters["TIMEZONE"], parameters["WEEK_START"]) == ("UTC", 1)
