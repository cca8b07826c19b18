"""Leads the conversations of checks: collects what they ask, has it asked once, and hands out the answers.

Pairs are led side by side, each in a session of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

from bot.domain import Answer, Answers, Conversation, Finding, Inquiry, Outcome, Question, Row, Statement
from bot.errors import BudgetSpent, ProofbotError, QueryFailed
from bot.world.warehouses.contract import Asking, Warehouse

_Inquire = Callable[[Collection[Question]], Inquiry]
_Ask = Callable[[Statement], list[Row]]
_Waiting = dict[str, tuple[Question, ...]]
_Value = TypeVar("_Value")

_PAUSE_SECONDS = 0.2


def conduct_all(warehouse: Warehouse, jobs: Sequence[Callable[[Asking], _Value]], threads: int) -> tuple[_Value, ...]:
    """Runs jobs side by side, each in a session of its own, as many at once as the warehouse can well do.

    The jobs run in other threads than the caller's, because a signal reaches the main thread only while that is not
    inside of a driver. The first job that fails, or a signal that raises here, stops the others by `cancel`.

    Args:
        warehouse: where to ask.
        jobs: what to run, in order; each is handed its session.
        threads: how many at once the user allows.

    Returns:
        What each job returned, in their order.

    Raises:
        ProofbotError: the first that a job raised.
    """

    def run(job: Callable[[Asking], _Value]) -> _Value:
        with warehouse.session() as asking:
            return job(asking)

    with ThreadPoolExecutor(warehouse.concurrency(threads)) as pool:
        try:
            running = [pool.submit(run, job) for job in jobs]
            _wait_for(running)
            return tuple(future.result() for future in running)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            warehouse.cancel()
            raise


def _wait_for(running: Sequence[Future[_Value]]) -> None:
    """Waits until all have ended; raises what the first of them raised that fails."""
    ended: SimpleQueue[Future[_Value]] = SimpleQueue()
    for future in running:
        future.add_done_callback(ended.put)
    left = len(running)
    while left:
        # Not for ever: a signal that comes just before a thread goes to sleep does not wake it.
        try:
            future = ended.get(timeout=_PAUSE_SECONDS)
        except Empty:
            continue
        left -= 1
        future.result()


def conduct(
    conversations: Mapping[str, Conversation],
    inquire: _Inquire,
    ask: _Ask,
) -> tuple[Finding, ...]:
    """Leads some conversations to their ends, in rounds: what all of them ask in a round becomes one inquiry.

    Where an inquiry fails, each check that waited for an answer in that round has its questions asked again by
    themselves; if these fail, too, it is an errored finding of that check. So is a conversation that fails, and a
    budget that is used up. Never the end of the run.

    Args:
        conversations: by the name of the check.
        inquire: turns distinct questions into an inquiry.
        ask: runs a statement, raises QueryFailed or BudgetSpent.

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
        for name, told in _ask_together(asked, inquire, ask).items():
            if isinstance(told, str):
                conversations[name].close()
                findings[name] = _errored(name, told)
            else:
                _advance(name, conversations[name], told, (findings, waiting))
    return tuple(findings[name] for name in conversations)


def learn(inquire: _Inquire, questions: Collection[Question], ask: _Ask) -> Answers | None:
    """The answers to some questions of ours, or None where they can't be had: then nothing is claimed.

    Raises:
        ProofbotError: what `ask` raises of this kind.
    """
    answers = learn_or_why(inquire, questions, ask)
    return None if isinstance(answers, str) else answers


def learn_or_why(inquire: _Inquire, questions: Collection[Question], ask: _Ask) -> Answers | str:
    """The answers to some questions of ours, or why they can't be had.

    Raises:
        ProofbotError: what `ask` raises of this kind.
    """
    try:
        return _answers(inquire, questions, ask)
    except _Unanswered as unanswered:
        return str(unanswered)


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


class _Unanswered(Exception):
    """Some questions have no answer; the words say why."""


def _ask_together(asked: _Waiting, inquire: _Inquire, ask: _Ask) -> dict[str, Answers | str]:
    """What each check is told, or why it is not: all questions in one inquiry, and check by check if that fails."""
    questions = tuple(dict.fromkeys(question for wanted in asked.values() for question in wanted))
    known: dict[Question, Answer] = {}
    common: _Unanswered | None = None
    try:
        known.update(_answers(inquire, questions, ask))
    except _Unanswered as failure:
        common = failure
    told: dict[str, Answers | str] = {}
    for name, wanted in asked.items():
        missing = [question for question in dict.fromkeys(wanted) if question not in known]
        try:
            if common and len(missing) == len(questions):
                raise common  # these very questions were asked
            known.update(_answers(inquire, missing, ask) if missing else {})
            told[name] = {question: known[question] for question in wanted}
        except _Unanswered as failure:
            told[name] = str(failure)
    return told


def _answers(inquire: _Inquire, questions: Collection[Question], ask: _Ask) -> Answers:
    """The answers to some questions. Raises _Unanswered."""
    purpose = "prepare the questions"
    inquiry: Inquiry | None = None
    try:
        inquiry = inquire(questions)
        statement = next(inquiry)
        while True:
            purpose = statement.purpose
            statement = inquiry.send(ask(statement))
    except StopIteration as stop:
        answers: Answers = stop.value
        return answers
    except ProofbotError:
        raise
    except Exception as error:
        raise _Unanswered(f"could not {purpose}: {_one_line(error)}") from error
    finally:
        if inquiry is not None:
            inquiry.close()


def _errored(name: str, message: str) -> Finding:
    return Finding(name, Outcome.ERRORED, message)


def _one_line(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words if isinstance(error, QueryFailed | BudgetSpent) else f"{type(error).__name__}: {words}"
