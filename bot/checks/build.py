"""The `build` check: does the model build, and do its dbt tests pass, on both sides?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain import ChangeKind, Conversation, Finding, Grade, NodeChange, NodeResult, Outcome, TestReport

NAME = "build"


def check(
    change: NodeChange, base: NodeResult | None, head: NodeResult | None, tests: Sequence[TestReport]
) -> Conversation:
    """Whether the model builds on both sides, and what became of its dbt tests.

    A model that builds at base and fails at head closes the gate; so does one that fails on both sides, because nothing
    could be compared. One that fails at base alone has nothing to be compared with: a warning. A dbt test that fails at
    head and did not at base, or that fails with more rows than at base, closes the gate; one that failed before is a
    warning.

    Measures: `base`, `head`: dbt's word on each side; `base_seconds`, `head_seconds`; `message`: what dbt said;
    `tests`: names of those `newly_failing`, `failed_before`, `mended`, and how many `passed`.
    """
    yield from ()
    outcome, words = _judge(change.kind, base, head)
    sorted_tests = _sort_tests(tests)
    failed = head if head and head.status == "error" else base if base and base.status == "error" else None
    return Finding(
        check=NAME,
        outcome=outcome,
        message="; ".join([words, *_tell(sorted_tests)]),
        measures={
            "base": base.status if base else None,
            "head": head.status if head else None,
            "base_seconds": round(base.seconds, 2) if base else None,
            "head_seconds": round(head.seconds, 2) if head else None,
            "message": failed.message if failed else None,
            "tests": sorted_tests,
        },
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


def _sort_tests(tests: Sequence[TestReport]) -> dict[str, int | list[str]]:
    failing = ("fail", "error", "runtime error")
    failed = [test for test in tests if test.head in failing]
    return {
        "passed": sum(test.head == "pass" for test in tests),
        "newly_failing": sorted(test.name for test in failed if test.grade is Grade.FAIL),
        "failed_before": sorted(test.name for test in failed if test.grade is not Grade.FAIL),
        "mended": sorted(test.name for test in tests if test.base in failing and test.head == "pass"),
    }


def _tell(tests: Mapping[str, int | list[str]]) -> list[str]:
    words = {"newly_failing": "newly failing", "failed_before": "failing as before", "mended": "mended"}
    counts = {phrase: len(names) for kind, phrase in words.items() if isinstance(names := tests[kind], list)}
    return [f"{count} dbt test{'' if count == 1 else 's'} {phrase}" for phrase, count in counts.items() if count]
