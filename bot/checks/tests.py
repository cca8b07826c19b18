"""The `tests` check: what became of the model's dbt tests?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import options
from bot.core.verdict import FAILING
from bot.core.wording import count
from bot.domain import Built, Conversation, DiffTable, Finding, FromTo, Grade, Outcome, TableColumn, TestReport

NAME = "tests"
_COLUMNS = (
    TableColumn("Test", data=True),
    TableColumn("Became"),
    TableColumn("Result"),
    TableColumn("Failing rows", numeric=True),
)
_RESULTS = frozenset({"pass", "warn"}) | FAILING
_WORDS = {
    "newly_failing": "newly failing",
    "failed_before": "failing as before",
    "known": "failing as the baseline says",
    "warning": "warning",
    "silent": "without a result",
    "mended": "mended",
}


class Options(options.Options):
    """Options of `tests`: there are none."""


def check(built: Built, options: Options) -> Conversation:  # noqa: ARG001 (every check is called alike)
    """Which dbt tests of the model newly fail, newly pass, or fail on both sides, with their failing rows.

    A test that fails at head and did not at base, or that fails with more rows than at base, closes the gate; so does
    one that dbt did not carry out. One that failed before, or that warns, is a warning. Severity and thresholds of a
    test are dbt's own (`severity`, `warn_if`, `error_if`).

    The outcome is never `changed`: that is said of data.

    Measures: `passed`: how many; the names of those `newly_failing`, `failed_before`, `known` (failing as before, and
    as the baseline says), `warning`, `silent` (without a result at head) and `mended`; `failing_rows`: for each of
    these the rows that failed at `base` and at `head`.
    """
    yield from ()
    by_kind = _sort(built.tests)
    passed = sum(test.head == "pass" for test in built.tests)
    told = [f"{count(len(tests), 'dbt test')} {_WORDS[kind]}" for kind, tests in by_kind.items() if tests]
    listed = [(kind, test) for kind, tests in by_kind.items() for test in tests]
    return Finding(
        check=NAME,
        outcome=Outcome.UNCHANGED if any(test.head in _RESULTS for test in built.tests) else Outcome.SKIPPED,
        message="; ".join(told) or (f"{count(passed, 'dbt test')} passed" if passed else "no dbt test ran at head"),
        measures={
            "passed": passed,
            **{kind: [test.name for test in tests] for kind, tests in by_kind.items()},
            "failing_rows": {t.name: {"base": t.base_failures, "head": t.head_failures} for _, t in listed},
        },
        tables=(_table(listed),) if listed else (),
    )


def _sort(tests: Sequence[TestReport]) -> dict[str, list[TestReport]]:
    by_kind: dict[str, list[TestReport]] = {kind: [] for kind in _WORDS}
    for test in sorted(tests, key=lambda one: one.name):
        kind = _kind(test)
        if kind is not None:
            by_kind[kind].append(test)
    return by_kind


def _kind(test: TestReport) -> str | None:
    if test.grade is Grade.ERROR:
        return "silent"
    if test.head in FAILING:
        as_before = "known" if test.is_known else "failed_before"
        return "newly_failing" if test.grade is Grade.FAIL else as_before
    if test.head == "warn":
        return "warning"
    return "mended" if test.head == "pass" and test.base in FAILING else None


def _table(listed: Sequence[tuple[str, TestReport]]) -> DiffTable:
    rows = [
        (test.name, _WORDS[kind], FromTo(test.base, test.head), FromTo(test.base_failures, test.head_failures))
        for kind, test in listed
    ]
    return DiffTable("dbt tests", _COLUMNS, tuple(rows))
