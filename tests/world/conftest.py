"""What the tests of the hands may use."""

from __future__ import annotations

import pytest

from tests.world import gits


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets git read no settings but the repository's own, also when proofbot calls it."""
    for name, value in gits.SETTINGS.items():
        monkeypatch.setenv(name, value)
