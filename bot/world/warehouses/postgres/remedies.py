"""What to do about a refusal of Postgres, by its SQLSTATE."""

from __future__ import annotations

from collections.abc import Mapping

NO_GRANT = "42501"
LOST = "08006"
_LOST = "Look at the log of the server, then start the run again."
REMEDIES: Mapping[str, str] = {
    NO_GRANT: "Grant the user of the target what is missing.",
    LOST: _LOST,
    "53100": "The disk of the server is full: make room on it.",
    "53200": "The server is out of shared memory: raise `max_locks_per_transaction`.",
    "53300": "The server has no connection left: lower `threads`, or raise `max_connections`.",
    "53400": "The role's `temp_file_limit` is reached: raise it.",
    "55P03": "Another session holds a lock on it: wait until it is done, then start the run again.",
    "57014": "Allow statements more time by `warehouse: {statement_seconds: ...}`.",
    "57P01": _LOST,
}


def with_remedy(words: str, state: str) -> str:
    """The server's words, with what to do where that is known; its own words for a missing grant name the relation."""
    remedy = REMEDIES.get(state)
    return f"{words.rstrip('.')}. {remedy}" if remedy else words
