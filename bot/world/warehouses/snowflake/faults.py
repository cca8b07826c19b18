"""What Snowflake refuses, in one line without values, and what can be done about it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.errors import EnvironmentFailure
from bot.world.secrets import mask

# The session's tokens are no more, and can't be renewed.
EXPIRED = frozenset({390110, 390111, 390112, 390113, 390114, 390115, 390195})
_NOT_AUTHORIZED = 3001
_NO_WAREHOUSE = frozenset({606, 607, 608, 609})
_STOPPED = frozenset({604, 630})
_LONGEST = 500
# Rows, and the values of keys that occur twice, stand in some of Snowflake's words.
_VALUES = (
    (re.compile(r"Row Values: \[.*\]"), "Row Values: [...]"),
    (re.compile(r"Duplicate field key '.*'"), "Duplicate field key '...'"),
    (re.compile(r"((?:Numeric|String|Boolean|Date|Time|Timestamp) value) '.*?' (is|has|was|cannot)"), r"\1 '...' \2"),
    (re.compile(r"(String) '.*?' (is too long)"), r"\1 '...' \2"),
    (re.compile(r"(Failed to cast variant value) .*? to"), r"\1 ... to"),
    (re.compile(r"(Can't parse|Error parsing JSON:|Invalid UTF8 detected in string) '.*?'"), r"\1 '...'"),
)
_NUMBERED = re.compile(r"^(?:\d{6} \(\w+\): )?(?:[0-9a-f-]{36}: )?")
_COMPILED = re.compile(r"^SQL (?:compilation|execution|access control) error: ?", re.IGNORECASE)
_REFUSED_ON = re.compile(r"Insufficient privileges to operate on (\w+(?: \w+)?) '([^']*)'", re.IGNORECASE)
_ABSENT = re.compile(r"(\w+) '([^']*)' does not exist or not authorized", re.IGNORECASE)


def one_line(error: Exception) -> str:
    """A failure in Snowflake's own words: without its numbers, the query's id, and values of the data."""
    words = " ".join(str(getattr(error, "raw_msg", None) or getattr(error, "msg", None) or error).split())
    words = _COMPILED.sub("", _NUMBERED.sub("", words))
    for pattern, shorter in _VALUES:
        words = pattern.sub(shorter, words)
    return mask(words[:_LONGEST]) or type(error).__name__


def is_stopped(error: Exception) -> bool:
    """Whether a statement was stopped: by us, by its time limit, or by somebody else."""
    return getattr(error, "errno", None) in _STOPPED


def is_expired(error: Exception) -> bool:
    """Whether the session has to be opened once more."""
    return getattr(error, "errno", None) in EXPIRED


def is_lack_of_grant(words: str) -> bool:
    """Whether Snowflake's words say that the role may not do it."""
    return bool(_REFUSED_ON.search(words) or _ABSENT.search(words))


def remedy_for(words: str, names: Mapping[str, str], errno: int | None = None) -> str:
    """As `known_remedy`; where none is known, where to look."""
    return known_remedy(words, names, errno) or (
        "See the words of Snowflake above; the history of queries in Snowsight shows the statement by its tag."
    )


def known_remedy(words: str, names: Mapping[str, str], errno: int | None = None) -> str:
    """What to do about a refusal, as exactly as Snowflake's words tell; empty where they don't.

    Args:
        words: Snowflake's.
        names: `role`, `warehouse` and `database` of the profile, as far as it says them.
        errno: Snowflake's number of the failure.
    """
    role = names.get("role") or "<role of the profile>"
    lower = words.lower()
    if errno in _NO_WAREHOUSE or "no active warehouse" in lower or "warehouse is suspended" in lower:
        warehouse = names.get("warehouse") or "<warehouse>"
        return (
            "Set `warehouse:` in the profile. If it is set: "
            f"`GRANT USAGE, OPERATE ON WAREHOUSE {warehouse} TO ROLE {role}`, and let it resume by itself: "
            f"`ALTER WAREHOUSE {warehouse} SET AUTO_RESUME = TRUE`."
        )
    refused = _REFUSED_ON.search(words)
    if refused:
        return f"Run `{_grant(refused[1].upper(), refused[2])} TO ROLE {role}`."
    absent = _ABSENT.search(words)
    if absent:
        kind = absent[1].upper()
        what = f"{kind} {absent[2]}" if kind in ("DATABASE", "SCHEMA", "WAREHOUSE", "TABLE", "VIEW") else absent[2]
        privilege = "USAGE" if kind in ("DATABASE", "SCHEMA", "WAREHOUSE") else "SELECT"
        return f"If it exists, run `GRANT {privilege} ON {what} TO ROLE {role}`."
    if "quota" in lower or "resource monitor" in lower:
        return "A resource monitor has stopped the warehouse: raise its quota, or wait for its next period."
    return ""


def refused(
    what: str, error: Exception, names: Mapping[str, str], *, where: str | None = None, remedy: str = ""
) -> EnvironmentFailure:
    """A failure that ends the run: `what` could not be done, with Snowflake's words and the remedy."""
    words = one_line(error)
    errno = getattr(error, "errno", None)
    return EnvironmentFailure(f"{what}: {words}", where=where, remedy=remedy or remedy_for(words, names, errno))


def unreachable(error: Exception, where: str, names: Mapping[str, str]) -> EnvironmentFailure:
    """No session could be opened."""
    words = one_line(error)
    lower = words.lower()
    if "incorrect username or password" in lower or "authenticat" in lower or "jwt" in lower or "token" in lower:
        remedy = "Check the user and its password, key or token; the rights of the user are looked at later."
    elif is_lack_of_grant(words) or "role" in lower:
        remedy = remedy_for(words, names)
    else:
        remedy = "Check `account:`, and that this machine may reach Snowflake (network policy, proxy, firewall)."
    return EnvironmentFailure(f"Snowflake could not be reached: {words}", where=where, remedy=remedy)


def _grant(kind: str, name: str) -> str:
    """The grant whose lack Snowflake tells of: what could not be done on an object mostly is making something in it."""
    if kind == "ACCOUNT":
        return "GRANT CREATE DATABASE ON ACCOUNT"
    privileges = {
        "DATABASE": "USAGE, CREATE SCHEMA",
        "SCHEMA": "USAGE, CREATE TABLE, CREATE VIEW",
        "WAREHOUSE": "USAGE, OPERATE",
        "TABLE": "SELECT",
        "VIEW": "SELECT",
    }
    return f"GRANT {privileges.get(kind, 'OWNERSHIP')} ON {kind} {name}"
