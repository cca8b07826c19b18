"""The `build` check: does the model build on both sides, in about the same time, to about the same size?"""

from __future__ import annotations

from pydantic import Field

from bot.core import options
from bot.core.options import Bounds
from bot.core.thresholds import judge, worst
from bot.domain import Bound, Built, ChangeKind, Conversation, DiffTable, Finding, NodeResult, Outcome, TableColumn

NAME = "build"
_TABLE = (TableColumn(""), TableColumn("Base", numeric=True), TableColumn("Head", numeric=True))


class Limits(options.Options):
    """How far time and size of a build may go."""

    seconds: Bounds | None = Field(None, description="by how much the build may take longer or shorter")
    size: Bounds | None = Field(None, description="by how many bytes the table may grow or shrink")


class Options(options.Options):
    """Options of `build`."""

    warn: Limits | None = Field(None, description="beyond these limits the check warns")
    fail: Limits | None = Field(None, description="beyond these limits the check closes the gate")


def check(built: Built, options: Options) -> Conversation:
    """Whether the model builds on both sides, how long that took, and how large its table is.

    A model that builds at base and fails at head closes the gate; so does one that fails on both sides, because nothing
    could be compared. One that fails at base alone has nothing to be compared with: a warning. Time and size close the
    gate where there are limits. Limits have nothing to say of a model that is on one side only.

    Measures: `base`, `head`: dbt's word on each side; `base_seconds`, `head_seconds`; `base_bytes`, `head_bytes`, null
    where the warehouse does not tell; `message`: what dbt said.
    """
    yield from ()
    base, head = built.base, built.head
    outcome, words = _judge(built.change.kind, base, head)
    failed = head if head and head.status == "error" else base if base and base.status == "error" else None
    seconds = (round(base.seconds, 2) if base else None, round(head.seconds, 2) if head else None)
    size = (built.base_bytes, built.head_bytes)
    both_built = outcome is Outcome.UNCHANGED and base is not None and head is not None
    bounds = _bounds(seconds, size, options) if both_built else {}
    return Finding(
        check=NAME,
        outcome=outcome,
        message="; ".join([words, *_tell(seconds, size, bounds), *(_untold(size, options) if both_built else [])]),
        measures={
            "base": base.status if base else None,
            "head": head.status if head else None,
            "base_seconds": seconds[0],
            "head_seconds": seconds[1],
            "base_bytes": size[0],
            "head_bytes": size[1],
            "message": failed.message if failed else None,
        },
        bound=worst(bounds.values()),
        tables=(DiffTable("Build", _TABLE, (("seconds", *seconds), ("bytes", *size))),) if _any_beyond(bounds) else (),
    )


def _judge(kind: ChangeKind, base: NodeResult | None, head: NodeResult | None) -> tuple[Outcome, str]:
    base_built = base is not None and base.status == "success"
    head_built = head is not None and head.status == "success"
    if kind is ChangeKind.REMOVED:
        return Outcome.UNCHANGED, "removed by the request"
    if head_built and (base_built or kind is ChangeKind.ADDED):
        return Outcome.UNCHANGED, "builds at head" if kind is ChangeKind.ADDED else "builds on both sides"
    if head_built and base is None:
        return Outcome.ERRORED, "builds at head, and dbt did not say what became of it at base"
    if head_built:
        return Outcome.CHANGED, "did not build at base and builds at head, so there is nothing to compare with"
    if head is not None and head.status != "skipped":
        if base_built:
            return Outcome.ERRORED, "builds at base and fails at head"
        before = "fails at head" if kind is ChangeKind.ADDED else "fails on both sides, so nothing could be compared"
        return Outcome.ERRORED, before
    if head is None:
        return Outcome.SKIPPED, "dbt did not say what became of it at head"
    return Outcome.SKIPPED, "not built at head, because something it reads failed"


_Two = tuple[float | None, float | None]


def _bounds(seconds: _Two, size: _Two, options: Options) -> dict[str, Bound]:
    warn, fail = options.warn or Limits(), options.fail or Limits()
    bounds = {"seconds": judge(*seconds, warn=warn.seconds, fail=fail.seconds)}
    if None not in size:  # a view has none, and a model may become one
        bounds["bytes"] = judge(*size, warn=warn.size, fail=fail.size)
    return bounds


def _any_beyond(bounds: dict[str, Bound]) -> bool:
    return worst(bounds.values()) in (Bound.WARN, Bound.FAIL)


def _tell(seconds: _Two, size: _Two, bounds: dict[str, Bound]) -> list[str]:
    told = []
    if bounds.get("seconds") in (Bound.WARN, Bound.FAIL):
        told.append(f"took {seconds[0]:,} s before and {seconds[1]:,} s now")
    if bounds.get("bytes") in (Bound.WARN, Bound.FAIL):
        told.append(f"had {size[0]:,} bytes before and has {size[1]:,} now")
    return told


def _untold(size: _Two, options: Options) -> list[str]:
    wanted = any(limits is not None and limits.size is not None for limits in (options.warn, options.fail))
    return ["its size is not known on both sides, so it was not judged"] if wanted and None in size else []
