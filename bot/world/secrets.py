"""Keeps secrets out of what dbt and the warehouse say: their words go into comments, where no CI masks anything."""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_NAME = re.compile(
    r"secret|token|passw|pwd|credential|private|auth(?!or)|api_?key|access_?key|account_?key", re.IGNORECASE
)
_PLACES = frozenset({"PWD", "OLDPWD"})  # where we are
_SHORTEST = 6  # a shorter value would be found in harmless words
_IN_ADDRESS = re.compile(r"(\w://)[^\s/@'\"]+@")
_ASSIGNED = re.compile(
    r"\b((?:password|passwd|pwd|secret|token|api_?key|\w*secret_access_key)(?:[\"']?\s*[=:]\s*|\s+(?=')))('[^'\n]*'|\"[^\"\n]*\"|[^\s,;'\")]+)",
    re.IGNORECASE,
)
_HIDDEN = "***"


def mask(text: str) -> str:
    """The words of others without secrets: see `mask_values`; also without what stands before the host of an address,
    and without passwords that are written out."""
    return _ASSIGNED.sub(rf"\g<1>{_HIDDEN}", _IN_ADDRESS.sub(rf"\g<1>{_HIDDEN}@", mask_values(text)))


def mask_values(text: str) -> str:
    """The text without the values of environment variables that are named like secrets, in their spellings.

    The last thing that is done to whatever leaves for others: unlike `mask`, it never takes a word of the page for a
    password.
    """
    for value in sorted(_spellings(), key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    return text


def mask_document(value: Any) -> Any:
    """A JSON document (lists, objects, scalars) without secrets in its texts, the names of its members included."""
    if isinstance(value, str):
        return mask_values(value)
    if isinstance(value, Mapping):
        return {mask_document(name): mask_document(entry) for name, entry in value.items()}
    return [mask_document(entry) for entry in value] if isinstance(value, list) else value


def _spellings() -> set[str]:
    values = {value for name, value in os.environ.items() if _NAME.search(name) and name not in _PLACES}
    lines = {line.strip() for value in values for line in [value, *value.splitlines()]}
    long = {line for line in lines if len(line) >= _SHORTEST}
    return {spelt for line in long for spelt in _spelt(line)}


def _spelt(value: str) -> tuple[str, ...]:
    """A value as it may stand in a text: as it is, in an address, in a header, in HTML and XML, in JSON."""
    without_quotes = html.escape(value, quote=False)
    return (
        value,
        quote(value, safe=""),
        base64.b64encode(value.encode("utf-8", "surrogateescape")).decode(),
        html.escape(value),
        without_quotes,
        without_quotes.replace('"', "&quot;"),
        json.dumps(value)[1:-1],
    )
