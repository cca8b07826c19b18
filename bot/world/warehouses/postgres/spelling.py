"""How Postgres spells names and texts, and what it says when it fails."""

from __future__ import annotations

from bot.world.secrets import mask

_LONGEST_NAME = 63  # bytes; Postgres cuts what is longer, silently


def quote(*parts: str) -> str:
    """An identifier, or several with dots between them."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def text(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def cut(name: str) -> str:
    """A name as Postgres keeps it."""
    return name.encode("utf-8", "surrogatepass")[:_LONGEST_NAME].decode("utf-8", "ignore")


def one_line(words: str) -> str:
    """The words of the server on one line."""
    return mask(" ".join(words.split()))
