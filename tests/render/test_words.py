"""Tests of bot/render/words.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Finding, Grade, ModelReport, Outcome, Status
from bot.render.words import advice
from tests.render.reports import all_equal, errored, model, shop, untouched

FAILED = replace(
    model("broken", Outcome.ERRORED, Grade.ERROR), findings=(Finding("values", Outcome.ERRORED, "no such column"),)
)
BROKEN_BY_HEAD = model("broken", Outcome.ERRORED, Grade.FAIL)
CHANGED = model("changed", Outcome.CHANGED, Grade.FAIL)


@pytest.mark.parametrize(
    ("models", "beginning"),
    [
        ((FAILED,), "mend the error, or the configuration behind it"),
        ((BROKEN_BY_HEAD,), "mend the error, or the configuration behind it"),
        ((model("left", Outcome.SKIPPED, Grade.ERROR),), "mend the error, or the configuration behind it"),
        ((CHANGED,), "mend what this request was not meant to change."),
        ((FAILED, CHANGED), "mend what failed, and what this request was not meant to change."),
        (
            (replace(FAILED, findings=(*FAILED.findings, Finding("schema", Outcome.CHANGED, "gone", Grade.FAIL))),),
            "mend what failed, and what this request was not meant to change.",
        ),
    ],
)
def test_what_to_do_fits_what_closed_the_gate(models: tuple[ModelReport, ...], beginning: str) -> None:
    """A reader would look for a change in the data where a setting names a column that is not there."""
    said = advice(replace(untouched(), status=Status.ERROR, models=models))
    assert said is not None
    assert said.startswith(beginning)


def test_there_is_nothing_to_do_where_the_gate_is_open() -> None:
    """A reader would look for what is not there."""
    assert advice(all_equal()) is None
    assert advice(shop()) == advice(replace(shop(), tests=()))
    assert "not meant to change" in (advice(errored()) or "")
