"""How things are said, where several checks say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bot.domain import Pair

_FEW = 3
_CLOSE = 0.75  # how alike two names must be (0 to 1); at difflib's own 0.6 `_loaded_at` and `_synced_at` are


def count(number: float, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def of_columns(names: Sequence[str]) -> str:
    """`amount, day` where there are few, `12 columns` else."""
    return ", ".join(names) if len(names) <= _FEW else count(len(names), "column")


def all_equal(rows: int) -> str:
    """`all 2,000 rows are equal`."""
    return "the only row is equal" if rows == 1 else f"all {rows:,} rows are equal"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant, or None where none comes near."""
    by_folded = {one.lower(): one for one in known}
    mixed_up = next((one for one in by_folded if sorted(one) == sorted(name.lower())), None)
    if mixed_up is not None:
        return by_folded[mixed_up]
    close = get_close_matches(name.lower(), by_folded, n=1, cutoff=_CLOSE)
    return by_folded[close[0]] if close else None


def of_sample(pair: Pair) -> str:
    """`, in a sample of 10% of the keys`, or of the rows where there is no key; empty where all rows are looked at."""
    whole = "keys" if pair.key else "rows"
    return "" if pair.sampled is None else f", in a sample of {100 * pair.sampled:.3g}% of the {whole}"
