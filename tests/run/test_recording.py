"""What was asked is on record, with the model that it was asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bot.domain import Statement
from bot.run.recording import Recorder, about


def test_statements_of_several_threads_are_on_record_under_their_subjects() -> None:
    """A reader could not tell which statement proves which model, or two runs would tell theirs in other orders."""
    recorder = Recorder()

    def ask(name: str) -> None:
        with about(name):
            for number in range(20):
                recorder.answered(Statement(f"select {number}", "count"), [(number,)], 0.5)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(ask, ["model.c", "model.a", "model.b"]))
    recorder.answered(Statement("select nothing", "fail"), None, 0.25)
    told = [(one.subject, one.sql) for one in recorder.statements]
    expected = [(name, f"select {n}") for name in ("model.a", "model.b", "model.c") for n in range(20)]
    assert told == [("", "select nothing"), *expected]
    failed, first, *_ = recorder.statements
    assert (failed.rows, failed.digest, failed.seconds) == (0, "", 0.25)
    assert first.rows == 1
    assert len(first.digest) == 64


def test_who_asks_inside_of_another_is_told_apart() -> None:
    """What is asked after a nested question would be told of the wrong model."""
    recorder = Recorder()
    with about("outer"):
        with about("inner"):
            recorder.answered(Statement("1", ""), [], 0)
        recorder.answered(Statement("2", ""), [], 0)
    assert {one.sql: one.subject for one in recorder.statements} == {"1": "inner", "2": "outer"}
