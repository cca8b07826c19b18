"""The credentials of a dbt target, as Snowflake's connector takes them: the same as dbt-snowflake gives it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import EnvironmentFailure, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LOGIN_SECONDS = 60
NETWORK_SECONDS = 300
# A statement that takes longer answers in between, so a socket that is silent for so long is dead.
_SOCKET_SECONDS = 60
_TOKEN_SECONDS = 30
_PASSED_ON = ("user", "password", "host", "port", "proxy_host", "proxy_port", "protocol")
_PLACES = ("database", "schema", "warehouse", "role")
_TOKENS = frozenset({"jwt", "oauth", "programmatic_access_token", "workload_identity"})


def arguments(output: Mapping[str, object], where: str, tag: Mapping[str, str]) -> dict[str, object]:
    """What `snowflake.connector.connect` takes.

    Args:
        output: the target's block of profiles.yml, with every text rendered.
        where: where that stands, for messages.
        tag: what Snowflake's history of queries should tell of ours.

    Raises:
        UsageError: what is said of the account or of the private key can't be used.
        EnvironmentFailure: no access token is given for the refresh token.
    """
    if not output.get("account"):
        raise UsageError("the profile names no account of Snowflake's", where=where, remedy="Set `account:`.")
    # dbt does the same: an underscore is no part of a host's name.
    account = str(output["account"]).replace("_", "-")
    made: dict[str, object] = {"account": account, "autocommit": True, "application": "proofbot"}
    made |= {name: output[name] for name in (*_PASSED_ON, *_PLACES) if output.get(name)}
    made |= _authenticated(output, account, where)
    if output.get("insecure_mode") is not None:
        made["insecure_mode"] = output["insecure_mode"]
    key = _private_key(output, where)
    if key is not None:
        made["private_key"] = key
    made |= {
        "client_session_keep_alive": bool(output.get("client_session_keep_alive", False)),
        # Only cloud identities need it, and it delays each login.
        "platform_detection_timeout_seconds": _duration(output, "platform_detection_timeout_seconds"),
        "login_timeout": _seconds(output, "connect_timeout", LOGIN_SECONDS),
        "network_timeout": NETWORK_SECONDS,
        "socket_timeout": _SOCKET_SECONDS,
        "ocsp_root_certs_dict_lock_timeout": 10,
        "session_parameters": _parameters(output, tag),
    }
    return made


def _seconds(output: Mapping[str, object], name: str, otherwise: int) -> int:
    try:
        return max(1, int(str(output[name])))
    except (LookupError, ValueError):
        return otherwise


def _duration(output: Mapping[str, object], name: str) -> float:
    try:
        return max(0.0, float(str(output[name])))
    except (LookupError, ValueError):
        return 0.0


def query_tag(tag: Mapping[str, str], **more: str) -> str:
    """What stands beside a statement in Snowflake's history of queries: JSON."""
    return json.dumps({"app": "proofbot", **tag, **more}, sort_keys=True, ensure_ascii=False)[:2000]


def _parameters(output: Mapping[str, object], tag: Mapping[str, str]) -> dict[str, object]:
    made: dict[str, object] = {"QUERY_TAG": query_tag(tag), "TIMEZONE": "UTC", "WEEK_START": 1}
    if output.get("s3_stage_vpce_dns_name"):
        made["S3_STAGE_VPCE_DNS_NAME"] = output["s3_stage_vpce_dns_name"]
    return made


def _authenticated(output: Mapping[str, object], account: str, where: str) -> dict[str, object]:
    authenticator = output.get("authenticator")
    if not authenticator:
        return {}
    named = str(authenticator)
    made: dict[str, object] = {"authenticator": "oauth" if named == "jwt" else named}
    if named.lower() in _TOKENS and output.get("token"):
        made["token"] = output["token"]
    if named == "oauth" and output.get("oauth_client_id") and output.get("oauth_client_secret"):
        made["token"] = _access_token(output, account, where)
    # So that a browser or a second factor is asked for once, and not for each session.
    return made | {"client_store_temporary_credential": True, "client_request_mfa_token": True}


def _access_token(output: Mapping[str, object], account: str, where: str) -> str:
    """The access token for which a refresh token is given."""
    import requests

    host = str(output.get("host") or f"{account}.snowflakecomputing.com")
    place = f"{output.get('protocol') or 'https'}://{host}" + (f":{output['port']}" if output.get("port") else "")
    try:
        answer = requests.post(
            f"{place}/oauth/token-request",
            auth=(str(output["oauth_client_id"]), str(output["oauth_client_secret"])),
            data={
                "grant_type": "refresh_token",
                "refresh_token": str(output.get("token", "")),
                "redirect_uri": "http://localhost:9999",  # of no use here, but it must be there
            },
            timeout=_TOKEN_SECONDS,
        )
        return str(answer.json()["access_token"])
    except (requests.RequestException, ValueError, LookupError, TypeError):
        # Their words could hold the token.
        raise EnvironmentFailure(
            "Snowflake gave no access token for the refresh token of the profile",
            where=where,
            remedy="Sign in again and renew the refresh token (`token:`); check `oauth_client_id:` and its secret.",
        ) from None


def _private_key(output: Mapping[str, object], where: str) -> bytes | None:
    text, path = output.get("private_key"), output.get("private_key_path")
    if not text and not path:
        return None
    if text and path:
        raise UsageError(
            "the profile gives a private key twice", where=where, remedy="Set `private_key:` or `private_key_path:`."
        )
    try:
        from cryptography.hazmat.primitives import serialization

        written = Path(str(path)).read_bytes() if path else str(text).encode()
        key = _load(written, output.get("private_key_passphrase"))
        return key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    except OSError as error:
        raise UsageError(
            f"the private key could not be read: {error.strerror}",
            where=where,
            remedy="Set `private_key_path:` to the file of a private key that may be read here.",
        ) from None
    except (ValueError, TypeError, ImportError):
        # Their words could hold a part of it.
        raise UsageError(
            "the private key of the profile is none, or its passphrase does not fit",
            where=where,
            remedy="Give a key in PEM or, as a text, in base64 of DER; and the passphrase of an encrypted one "
            "(`private_key_passphrase:`).",
        ) from None


def _load(written: bytes, passphrase: object) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives import serialization

    password = str(passphrase).encode() if passphrase else None
    if written.lstrip().startswith(b"-"):
        return serialization.load_pem_private_key(written, password)
    return serialization.load_der_private_key(base64.b64decode(written), password)
