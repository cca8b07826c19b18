"""How diagnoses are made by who looks at something, and what becomes of an examination that fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain import Diagnosis, Health
from bot.errors import Interrupted, ProofbotError, QueryFailed, UsageError
from bot.world.secrets import mask_values


def well(topic: str, what: str, words: str) -> Diagnosis:
    """All is well."""
    return Diagnosis(topic, what, Health.WELL, mask_values(words))


def advise(topic: str, what: str, words: str, remedy: str) -> Diagnosis:
    """proofbot works, and something is to be said."""
    return Diagnosis(topic, what, Health.ADVICE, mask_values(words), mask_values(remedy))


def ill(topic: str, what: str, words: str, remedy: str) -> Diagnosis:
    """Something in the surroundings keeps proofbot from its work."""
    return Diagnosis(topic, what, Health.ILL, mask_values(words), mask_values(remedy))


def of_error(topic: str, what: str, error: ProofbotError) -> Diagnosis:
    """What an error says, with its remedy."""
    is_usage = isinstance(error, UsageError)
    return Diagnosis(topic, what, Health.ILL, mask_values(str(error)), mask_values(error.remedy), is_usage)


def guarded(topic: str, found: Iterable[Diagnosis]) -> Iterator[Diagnosis]:
    """The diagnoses of an examination. If it fails, that is its last one: what is looked at next goes on.

    Raises:
        Interrupted: the run was stopped from outside.
    """
    try:
        yield from found
    except Interrupted:
        raise
    except ProofbotError as error:
        yield of_error(topic, topic, error)
    except QueryFailed as failure:
        yield ill(topic, topic, f"a statement failed: {failure.message}", "Mend what the warehouse names.")
    except OSError as error:
        yield ill(topic, topic, f"the system failed: {error}", "Check the file that it names, and its permissions.")
    except Exception as error:  # noqa: BLE001 (one that breaks must not hide what the others find)
        words = f"this examination broke: {type(error).__name__}: {error}"
        yield ill(topic, topic, words, "This is a defect of proofbot: please report it.")
