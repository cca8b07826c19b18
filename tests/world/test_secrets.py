"""Secrets in the words of others."""

from __future__ import annotations

import base64

import pytest

from bot.world.secrets import mask, mask_document, mask_values


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
    monkeypatch.setenv("PWD", "main.orders")
    assert mask(said) == expected


def test_values_are_masked_where_they_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password with an odd character would stand in junit.xml, report.html or codequality.json."""
    monkeypatch.setenv("LAKE_PASSWORD", "a<b&\"c'\\é")
    for written in (
        "a&lt;b&amp;&quot;c&#x27;\\é",
        "a&lt;b&amp;\"c'\\é",
        "a&lt;b&amp;&quot;c'\\é",
        "a<b&\\\"c'\\\\\\u00e9",
    ):
        assert mask_values(f"x {written} y") == "x *** y"


def test_values_are_masked_in_every_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password would stand in a comment in the spelling of an address, of Basic authentication, or line by line."""
    monkeypatch.setenv("LAKE_PASSWORD", "p@ss/word+1")
    monkeypatch.setenv("SIGNING_KEY_PRIVATE", "-----BEGIN-----\nabcdefgh\n-----END-----")
    encoded = base64.b64encode(b"p@ss/word+1").decode()
    assert mask_values(f"x p%40ss%2Fword%2B1 {encoded} abcdefgh p@ss/word+1 y") == "x *** *** *** *** y"


def test_a_page_keeps_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment about a column named token would lose its table, cut where a password was suspected."""
    monkeypatch.setenv("LAKE_PASSWORD", "hunter22")
    page = "| `token: 1` | password = 3 |"
    assert mask_values(page) == page


def test_documents_stay_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """report.json would be broken by the masking, or show a secret."""
    monkeypatch.setenv("LAKE_PASSWORD", 'hun"ter22')
    document = {"token": 1, 'of hun"ter22': ["a", {"b": 'say hun"ter22!'}], "n": None}
    assert mask_document(document) == {"token": 1, "of ***": ["a", {"b": "say ***!"}], "n": None}
