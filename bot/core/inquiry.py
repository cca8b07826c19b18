"""All questions about a pair, answered by as few statements as can be. Pure: who runs the statements is not known here.

Each group of questions has a room of its own: how rows compare (`core.alignment`), a close look at those that differ
(`core.closeups`), each side by itself (`core.sides`), each column of both sides by itself (`core.columns`).
"""

from __future__ import annotations

from collections.abc import Collection

from bot.core import alignment, sides
from bot.core.sql import Dialect
from bot.domain import Aggregate, Answer, FirstRows, Inquiry, Pair, Question, RowCount


def inquire(pair: Pair, questions: Collection[Question], dialect: Dialect, *, salt: str = "") -> Inquiry:
    """Asks the warehouse what is needed to answer some questions about a pair, each thing once.

    Args:
        pair: what is asked about.
        questions: any of the questions of `domain`, in any number.
        dialect: how the warehouse spells SQL.
        salt: goes into the hashes that are shown in place of values.

    Returns:
        A generator: it yields statements, is sent the rows of each, and returns the answers to exactly these questions.

    Raises:
        ValueError: a question that has no answer for this pair: about a key or a column it has not, about values that
            are not compared.
    """
    of_sides: list[Aggregate | FirstRows | RowCount] = []
    of_rows: list[Question] = []
    for question in questions:
        if isinstance(question, Aggregate | FirstRows):
            of_sides.append(question)
        else:
            of_rows.append(question)
    counts = [question for question in of_rows if isinstance(question, RowCount)]
    if of_sides and len(counts) == len(of_rows):
        of_sides, of_rows = [*of_sides, *counts], []
    sides.check(pair, of_sides)
    answers: dict[Question, Answer] = {}
    if of_rows:
        answers |= yield from alignment.align(pair, of_rows, dialect)
    answers |= yield from sides.ask_sides(pair, of_sides, dialect, salt)
    return {question: answers[question] for question in questions}
