"""Keeps secrets out of what dbt and the warehouse say: their words go into comments, where no CI masks anything."""

from __future__ import annotations

import os
import re

_NAME = re.compile(r"secret|token|passw|pwd|credential|private|auth|api_?key|access_?key|account_?key", re.IGNORECASE)
_SHORTEST = 6  # a shorter value would be found in harmless words
_IN_ADDRESS = re.compile(r"(\w://)[^\s/@'\"]+@")
_ASSIGNED = re.compile(
    r"\b((?:password|passwd|pwd|secret|token|api_?key|\w*secret_access_key)(?:[\"']?\s*[=:]\s*|\s+(?=')))('[^'\n]*'|\"[^\"\n]*\"|[^\s,;'\")]+)",
    re.IGNORECASE,
)
_HIDDEN = "***"


def mask(text: str) -> str:
    """The text without the values of environment variables that are named like secrets, without what stands before the
    host of an address, and without passwords that are written out."""
    values = {value for name, value in os.environ.items() if _NAME.search(name) and len(value) >= _SHORTEST}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    return _ASSIGNED.sub(rf"\g<1>{_HIDDEN}", _IN_ADDRESS.sub(rf"\g<1>{_HIDDEN}@", text))
