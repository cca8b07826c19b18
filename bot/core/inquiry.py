"""All questions about a pair, answered by as few statements as can be. Pure: who runs the statements is not known here.

Each group of questions has a room of its own: how rows compare (`core.alignment`), a close look at those that differ
(`core.closeups`), each side by itself (`core.sides`), each column of both sides by itself (`core.columns`).
"""

from __future__ import annotations

from collections.abc import Collection

from bot.core import alignment, closeups, columns, likeness, sides
from bot.core.sql import Dialect
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import (
    Aggregate,
    Answer,
    Bins,
    Distance,
    ExampleRows,
    Extent,
    FirstRows,
    Frequencies,
    Inquiry,
    Likeness,
    Pair,
    PeriodChanges,
    Question,
    RepeatedKeys,
    RowCount,
)


def inquire(
    pair: Pair, questions: Collection[Question], dialect: Dialect, *, salt: str = "", tuning: Tuning = DEFAULT
) -> Inquiry:
    """Asks the warehouse what is needed to answer some questions about a pair, each thing once.

    Args:
        pair: what is asked about.
        questions: any of the questions of `domain`, in any number.
        dialect: how the warehouse spells SQL.
        salt: goes into the hashes that are shown in place of values.
        tuning: when which way is taken to line up the rows.

    Returns:
        A generator: it yields statements, is sent the rows of each, and returns the answers to exactly these questions.

    Raises:
        ValueError: a question that has no answer for this pair: about a key or a column it has not, about values that
            are not compared.
    """
    of_sides = [question for question in questions if isinstance(question, Aggregate | FirstRows)]
    of_columns = [question for question in questions if isinstance(question, Frequencies | Bins | Distance)]
    of_names = [question for question in questions if isinstance(question, Likeness)]
    close = [q for q in questions if isinstance(q, Extent | ExampleRows | PeriodChanges | RepeatedKeys)]
    elsewhere = {*of_sides, *of_columns, *of_names, *close}
    of_rows = [question for question in questions if question not in elsewhere]
    sides.check(pair, of_sides)
    columns.check(pair, of_columns)
    likeness.check(pair, of_names)
    closeups.check(pair, close)
    answers: dict[Question, Answer] = {question: closeups.nothing_in(question) for question in close}
    counts = [question for question in of_rows if isinstance(question, RowCount)]
    if any(isinstance(question, Aggregate) for question in of_sides) and not close and len(counts) == len(of_rows):
        answers |= yield from sides.ask_sides(pair, [*of_sides, *counts], dialect, salt)
    else:
        if of_rows or close:
            look = closeups.take(close, salt) if close else None
            answers |= yield from alignment.align(pair, of_rows, dialect, look, tuning)
        answers |= yield from sides.ask_sides(pair, of_sides, dialect, salt)
    answers |= yield from columns.ask_columns(pair, of_columns, dialect, salt)
    answers |= yield from likeness.ask_likeness(pair, of_names, dialect)
    return {question: answers[question] for question in questions}
