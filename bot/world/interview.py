"""Leads the conversations of checks: collects what they ask, has it asked once, and hands out the answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from bot.domain import Answers, Conversation, Finding, Inquiry, Outcome, Question, Row, Statement
from bot.errors import ProofbotError, QueryFailed

_Waiting = dict[str, tuple[Question, ...]]


def conduct(
    conversations: Mapping[str, Conversation],
    inquire: Callable[[Collection[Question]], Inquiry],
    ask: Callable[[Statement], list[Row]],
) -> tuple[Finding, ...]:
    """Leads some conversations to their ends, in rounds: what all of them ask in a round becomes one inquiry.

    A statement that fails, or an inquiry that can't be made, is an errored finding of each check that waited for an
    answer in that round; a conversation that fails is one of that check alone. Never the end of the run.

    Args:
        conversations: by the name of the check.
        inquire: turns distinct questions into an inquiry.
        ask: runs a statement, raises QueryFailed.

    Returns:
        A finding for each conversation, in their order.

    Raises:
        ProofbotError: what `ask` raises of this kind (the run was interrupted, the warehouse is gone).
    """
    findings: dict[str, Finding] = {}
    waiting: _Waiting = {}
    for name, conversation in conversations.items():
        _advance(name, conversation, None, (findings, waiting))
    while waiting:
        asked, waiting = waiting, {}
        questions = tuple(dict.fromkeys(question for wanted in asked.values() for question in wanted))
        answers, failure = _run(inquire, questions, ask)
        for name, wanted in asked.items():
            if answers is None:
                conversations[name].close()
                findings[name] = _errored(name, failure)
            else:
                told = {question: answers[question] for question in wanted}
                _advance(name, conversations[name], told, (findings, waiting))
    return tuple(findings[name] for name in conversations)


def _advance(
    name: str, conversation: Conversation, answers: Answers | None, outcome: tuple[dict[str, Finding], _Waiting]
) -> None:
    """Takes a conversation to its next questions or to its end."""
    findings, waiting = outcome
    try:
        waiting[name] = next(conversation) if answers is None else conversation.send(answers)
    except StopIteration as stop:
        findings[name] = stop.value
    except ProofbotError:
        raise
    except Exception as error:  # noqa: BLE001 (a check that is broken must not silence the others)
        findings[name] = _errored(name, f"the check itself failed: {_one_line(error)}")


def _run(
    inquire: Callable[[Collection[Question]], Inquiry],
    questions: Collection[Question],
    ask: Callable[[Statement], list[Row]],
) -> tuple[Answers | None, str]:
    """The answers to some questions; or None, and what went wrong."""
    purpose = "prepare the questions"
    inquiry: Inquiry | None = None
    try:
        inquiry = inquire(questions)
        statement = next(inquiry)
        while True:
            purpose = statement.purpose
            statement = inquiry.send(ask(statement))
    except StopIteration as stop:
        return stop.value, ""
    except ProofbotError:
        raise
    except QueryFailed as error:
        return None, f"could not {purpose}: {_one_line(error)}"
    except Exception as error:  # noqa: BLE001 (a finding of these checks, never the end of the run)
        return None, f"could not {purpose}: {_one_line(error)}"
    finally:
        if inquiry is not None:
            inquiry.close()


def _errored(name: str, message: str) -> Finding:
    return Finding(name, Outcome.ERRORED, message)


def _one_line(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words if isinstance(error, QueryFailed) else f"{type(error).__name__}: {words}"
