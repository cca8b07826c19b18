"""Secrets in the words of others."""

from __future__ import annotations

import pytest

from bot.world.secrets import mask


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("HTTP error on https://h/x?k=hunter22-long", "HTTP error on https://h/x?k=***"),
        ("cannot open postgres://me:pass@host/db", "cannot open postgres://***@host/db"),
        (
            'Unable to connect "host=h user=u password=abc dbname=d"',
            'Unable to connect "host=h user=u password=*** dbname=d"',
        ),
        ("create secret (TYPE s3, SECRET 'x', KEY_ID 'y')", "create secret (TYPE s3, SECRET ***, KEY_ID 'y')"),
        ("s3_secret_access_key: 'a b'", "s3_secret_access_key: ***"),
        ("no column token in main.orders; short a", "no column token in main.orders; short a"),
    ],
)
def test_secrets_are_masked(said: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password would stand in a public comment, because a model that reads a server failed."""
    monkeypatch.setenv("LAKE_TOKEN", "hunter22-long")
    monkeypatch.setenv("SHORT_SECRET", "a")
    monkeypatch.setenv("SCHEMA", "main")
    assert mask(said) == expected
