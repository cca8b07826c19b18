"""The other way of `render.json_reach`. The document was held against the schema before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.report_bounds import Unreadable
from bot.domain import Break, Reach, Reached, ReachedColumn, Reader, Spared, Through

MOST = 50_000  # models, readers, breaks, or columns of all models together


def read(found: Mapping[str, Any] | None) -> Reach | None:
    """What a document says that the changes reach.

    Raises:
        Unreadable: it is more than any report of ours tells.
    """
    if found is None:
        return None
    sizes = [len(found[name]) for name in ("models", "readers", "breaks")]
    if max(*sizes, sum(len(one["columns"]) for one in found["models"])) > MOST:
        raise Unreadable(f"more than {MOST:,} entries", "$.reach")
    return Reach(
        models=tuple(_reached(one) for one in found["models"]),
        readers=tuple(
            Reader(
                unique_id=one["unique_id"],
                name=one["name"],
                kind=one["kind"],
                owner=one["owner"],
                reads=tuple(one["reads"]),
                through=_through(one["through"]),
                is_measured=one["is_measured"],
            )
            for one in found["readers"]
        ),
        breaks=tuple(
            Break(one["unique_id"], one["column"], one["what"], tuple(one["readers"])) for one in found["breaks"]
        ),
    )


def spared(found: Mapping[str, Any] | None) -> Spared | None:
    """What `json_reach.spared` wrote."""
    if found is None:
        return None
    confined = {one["unique_id"]: tuple(one["columns"]) for one in found["confined"]}
    return Spared(confined, tuple(found["models"]), found["tests"])


def _reached(found: Mapping[str, Any]) -> Reached:
    return Reached(
        unique_id=found["unique_id"],
        name=found["name"],
        is_changed=found["is_changed"],
        is_whole=found["is_whole"],
        is_measured=found["is_measured"],
        columns=tuple(
            ReachedColumn(one["name"], one["is_measured"], _through(one["through"])) for one in found["columns"]
        ),
        reads=tuple(found["reads"]),
        through=_through(found["through"]),
        doubt=found["doubt"],
    )


def _through(found: Iterable[Mapping[str, Any]]) -> tuple[Through, ...]:
    return tuple(Through(one["unique_id"], one["column"]) for one in found)
