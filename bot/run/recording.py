"""Writes down what the warehouse was asked, for whom, and what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from bot.core import evidence
from bot.core.report import Seen
from bot.domain import Environment, Policy, Replayed, Report, Row, Statement

_SUBJECT: ContextVar[str] = ContextVar("subject", default="")


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Whatever this thread asks inside is about this model (its unique id), or check (`query its_name`)."""
    before = _SUBJECT.set(subject)
    try:
        yield
    finally:
        _SUBJECT.reset(before)


class Recorder:
    """What a run has asked and built. Safe to be told things by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statements: list[Replayed] = []
        self._environments: list[Environment] = []
        self._judge: Callable[[Policy], Report] | None = None
        self._seen: tuple[Seen, ...] = ()

    def answered(self, statement: Statement, rows: Sequence[Row] | None, seconds: float) -> None:
        """A statement was asked by this thread. One that failed has no rows; its digest is empty."""
        replayed = Replayed(
            subject=_SUBJECT.get(),
            purpose=statement.purpose,
            sql=statement.sql,
            rows=len(rows or ()),
            digest="" if rows is None else evidence.of_rows(rows),
            seconds=round(seconds, 3),
        )
        with self._lock:
            self._statements.append(replayed)

    def built(self, environment: Environment) -> None:
        """Nodes were built in an environment."""
        with self._lock:
            self._environments.append(environment)

    def saw(self, seen: Sequence[Seen]) -> None:
        """The interview is over: what was seen of each model."""
        self._seen = tuple(seen)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """What was seen of each model, in order; nothing where no model was asked about."""
        return self._seen

    def judged(self, judge: Callable[[Policy], Report]) -> None:
        """Everything was seen; `judge` is the report that a policy makes of it."""
        self._judge = judge

    def judge(self, policy: Policy) -> Report | None:
        """The report that another policy makes of the same findings; None where nothing was there to be judged."""
        return self._judge(policy) if self._judge else None

    @property
    def statements(self) -> tuple[Replayed, ...]:
        """All statements: those about one subject in the order in which they were asked."""
        with self._lock:
            return tuple(sorted(self._statements, key=lambda one: one.subject))

    @property
    def environments(self) -> tuple[Environment, ...]:
        """All environments, in the order in which they were built."""
        with self._lock:
            return tuple(self._environments)
