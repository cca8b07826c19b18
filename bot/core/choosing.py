"""Which columns the names in a configuration mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

_WILDCARDS = frozenset("*?[")


def choose(wanted: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    """The names that some names or wildcards (`*_amount`) mean, regardless of case, in their own order."""
    patterns = [pattern.lower() for pattern in wanted]
    return tuple(name for name in names if any(_means(pattern, name) for pattern in patterns))


def unknown(wanted: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    """Those of the wanted that name nothing, wildcards left out: these may find nothing."""
    folded = {name.lower() for name in names}
    return tuple(one for one in wanted if one.lower() not in folded and not _WILDCARDS & set(one))


def _means(pattern: str, name: str) -> bool:
    return pattern == name.lower() or fnmatchcase(name.lower(), pattern)
