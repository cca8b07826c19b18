"""Conversations of checks, led with answers from a table or from DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bot.core.pairing import pair
from bot.domain import (
    Answer,
    Answers,
    Column,
    Conversation,
    Finding,
    Grade,
    Key,
    KeySource,
    Pair,
    Question,
    RelationName,
    Showing,
    Table,
)


def make(
    base: Mapping[str, str], head: Mapping[str, str] | None = None, key: Sequence[str] = ("id",), **showing: Showing
) -> Pair:
    """The pair of two relations that have these columns; the same at head as at base if head is not given."""
    keys = [Key(tuple(key), KeySource.META)] if key else []
    made = pair("model.shop.t", _table(base), _table(base if head is None else head), keys)
    return replace(made, showing=showing)


def converse(conversation: Conversation, answers: Mapping[Question, Answer]) -> tuple[Finding, list[list[Question]]]:
    """The finding of a conversation that is told these answers, and what it asked in each round."""
    return lead(conversation, lambda asked: {question: answers[question] for question in asked})


def lead(
    conversation: Conversation, answer: Callable[[Collection[Question]], Answers]
) -> tuple[Finding, list[list[Question]]]:
    """The finding of a conversation, and what it asked in each round."""
    rounds: list[list[Question]] = []
    try:
        asked = next(conversation)
        while True:
            assert len(set(asked)) == len(asked), "the same is asked twice"
            rounds.append(list(asked))
            asked = conversation.send(answer(asked))
    except StopIteration as stop:
        finding = stop.value
    assert isinstance(finding, Finding)
    assert finding.grade is Grade.ERROR, "a grade is the policy's to give"
    return finding, rounds


def _table(columns: Mapping[str, str]) -> Table:
    return Table(RelationName(None, "main", "t"), '"t"', tuple(Column(name, kind) for name, kind in columns.items()))
