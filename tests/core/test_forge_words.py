"""Tests of bot/core/forge_words.py."""

from __future__ import annotations

import pytest

from bot.core import forge_words
from bot.domain import ForgeKind


def test_a_request_is_called_as_its_forge_does() -> None:
    """People would look for a thing that their forge does not have."""
    assert forge_words.of(ForgeKind.GITHUB).numbered(7) == "pull request 7"
    assert forge_words.of(ForgeKind.GITLAB).numbered(7) == "merge request !7"


@pytest.mark.parametrize("forge", [kind for kind in ForgeKind if kind is not ForgeKind.LOCAL])
def test_whoever_can_be_asked_has_remedies(forge: ForgeKind) -> None:
    """A job that is refused would say that, and not what to do."""
    words = forge_words.of(forge)
    assert all((words.report, words.refused, words.unread, words.by_hand, words.accept))


def test_where_nobody_listens_nothing_is_to_be_written() -> None:
    """Somebody would write a command that nobody reads."""
    assert forge_words.of(ForgeKind.LOCAL).accept == ""
