"""What the commit status says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import gate
from bot.domain import CommitStatus, GateState, Status
from tests.render.reports import problem, shop, untouched

CONTEXT, URL = "proofbot/shop", "https://github.example/acme/shop/pull/1#issuecomment-2"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.SUCCESS, GateState.SUCCESS),
        (Status.FAILURE, GateState.FAILURE),
        (Status.ERROR, GateState.ERROR),
    ],
)
def test_the_gate_is_as_the_report_says(status: Status, state: GateState) -> None:
    """A merge would be let through that the report holds back."""
    said = gate.of(replace(shop(), status=status), CONTEXT, URL)
    assert said == CommitStatus(
        CONTEXT,
        state,
        "gate closed: 3 of 7 affected models changed; 1 without rows, so not verified; 3 unchanged",
        URL,
    )


def test_a_request_without_models_is_an_active_success() -> None:
    """A required status would be waited for for ever."""
    assert gate.of(untouched(), CONTEXT) == CommitStatus(CONTEXT, GateState.SUCCESS, "no data models touched")


def test_what_could_not_be_compared_is_never_a_success() -> None:
    """The report of a fork could say of itself that all is well, with nothing compared."""
    assert gate.of(replace(problem(), status=Status.SUCCESS), CONTEXT).state is GateState.ERROR
    assert gate.of(problem(), CONTEXT).state is GateState.FAILURE


def test_numbers_that_nobody_vouches_for_are_said_to_be_so() -> None:
    """A maintainer would take a fork's own numbers for ours."""
    foreign = replace(untouched(), run=replace(untouched().run, is_foreign=True))
    assert gate.of(foreign, CONTEXT).description == "by the fork's own job: no data models touched"


def test_a_run_without_a_verdict_is_an_error() -> None:
    """A run that broke would open the gate, or leave it pending."""
    assert gate.pending(CONTEXT, URL).state is GateState.PENDING
    broken = gate.failed("dbt is not installed", CONTEXT, URL)
    assert broken == CommitStatus(CONTEXT, GateState.ERROR, "could not run: dbt is not installed", URL)
    stopped = gate.failed("", CONTEXT, interrupted=True)
    assert (stopped.state, stopped.description) == (GateState.ERROR, "interrupted, so nothing is known")


@pytest.mark.parametrize("state", [GateState.SUCCESS, GateState.FAILURE, GateState.ERROR])
def test_the_verdict_of_a_newer_run_is_restated(state: GateState) -> None:
    """An older run that ends last would open a gate that the newer one closed."""
    assert gate.restated(state, CONTEXT).state is state


def test_a_long_description_is_cut_between_words() -> None:
    """GitHub refuses a description of more than 140 characters, and the gate would stay pending."""
    said = gate.failed(f"{'word ' * 30}end", CONTEXT).description
    assert said == f"could not run:{' word' * 25}…"
    assert gate.failed("x" * 200, CONTEXT).description == f"could not run: {'x' * 124}…"
    just = "y" * (140 - len("could not run: "))
    assert gate.failed(just, CONTEXT).description == f"could not run: {just}"
    assert gate.failed(f"{just[:-1]} z", CONTEXT).description == f"could not run: {just[:-1]}…"


@given(st.text(st.sampled_from("ab \n\r\t\u202e\x00\u2028…")) | st.text())
def test_a_description_is_one_line_that_fits(words: str) -> None:
    """GitHub would refuse it, or a hidden character turn its sense around."""
    for said in (gate.failed(words, CONTEXT), gate.of(replace(shop(), headline=words), CONTEXT)):
        assert 0 < len(said.description) <= 140
        assert said.description.isprintable()
