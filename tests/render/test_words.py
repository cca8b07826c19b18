"""Tests of bot/render/words.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Acceptance, Finding, Grade, ModelReport, NamedReport, Outcome, Revision, Status
from bot.render.terminal import DRESS
from bot.render.to_do import advice
from bot.render.words import commits, named_outcome, outcome, versions, without_models
from tests.render.reports import RUN, all_equal, errored, model, problem, shop, untouched

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
        ((CHANGED,), "mend what this request was not meant to change, or declare"),
        ((FAILED, CHANGED), "mend what failed, and what this request was not meant to change, or declare"),
        (
            (replace(FAILED, findings=(*FAILED.findings, Finding("schema", Outcome.CHANGED, "gone", Grade.FAIL))),),
            "mend what failed, and what this request was not meant to change, or declare",
        ),
    ],
)
def test_what_to_do_fits_what_closed_the_gate(models: tuple[ModelReport, ...], beginning: str) -> None:
    """A reader would look for a change in the data where a setting names a column that is not there."""
    said = advice(replace(untouched(), status=Status.ERROR, models=models), DRESS, is_proposed=False)
    assert said is not None
    assert said.startswith(beginning)


def test_what_to_do_on_a_forge_says_how_to_accept() -> None:
    """A reviewer who wants the change would not know how to open the gate."""
    said = advice(replace(shop(), run=replace(RUN, slug="shop")), DRESS, is_proposed=True) or ""
    assert "somebody with write access can accept by the comment `/proofbot accept <model> <reason>`" in said
    assert "/proofbot" not in (advice(shop(), DRESS, is_proposed=True) or ""), "nobody would read the comment"


def test_no_model_touched_says_what_that_means() -> None:
    """A reader would ask whether anything was looked at."""
    assert without_models(untouched())
    assert without_models(shop()) is None
    assert without_models(replace(untouched(), same_sql=("model.shop.orders",))) is None
    assert without_models(problem()) is None


def test_what_fails_is_never_called_accepted() -> None:
    """An error beside which somebody once wrote a reason would look settled."""
    somebody = Acceptance("all", "octocat", "fine")
    failing = replace(CHANGED, accepted=somebody)
    assert outcome(failing) == "changed"
    assert outcome(replace(failing, grade=Grade.WARN)) == "accepted"
    one = NamedReport("metric", "revenue", (), Finding("metric", Outcome.CHANGED, "more", Grade.ERROR), somebody)
    assert named_outcome(one) == "changed"
    assert named_outcome(replace(one, finding=replace(one.finding, grade=Grade.WARN))) == "accepted"


def test_there_is_nothing_to_do_where_the_gate_is_open() -> None:
    """A reader would look for what is not there."""
    assert advice(all_equal(), DRESS, is_proposed=False) is None
    assert "not meant to change" in (advice(errored(), DRESS, is_proposed=False) or "")


def test_what_is_not_known_is_not_named() -> None:
    """The comment of a run that could not begin would speak of a project "(empty)", and of no dbt at all."""
    run = replace(RUN, project="", dbt_version="", warehouse="", adapter="")
    assert commits(run, DRESS) == "Base 4b4864c1f (main) → head 9ab01cd27 (faster-orders)"
    assert versions(run, DRESS).startswith("proofbot 0.1.0 · 14 models built · ")
    assert commits(replace(run, base=Revision("", "")), DRESS) == "Head 9ab01cd27 (faster-orders)"
    assert commits(RUN, DRESS).startswith("Project shop, base 4b4864c1f")
    assert versions(RUN, DRESS).startswith("proofbot 0.1.0 · dbt 1.11.2 · DuckDB 2.0.0 · 14 models built")
