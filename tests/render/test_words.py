"""Tests of bot/render/words.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import (
    Acceptance,
    Cost,
    Declared,
    Finding,
    ForgeKind,
    Grade,
    ModelReport,
    NamedReport,
    Outcome,
    Revision,
    Status,
    Verified,
)
from bot.render.terminal import DRESS
from bot.render.to_do import about_advisory, advice
from bot.render.words import commits, named_outcome, outcome, versions, without_models
from tests.render import trust
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


def test_what_to_do_speaks_as_the_forge_does() -> None:
    """On GitLab a reader would wait for an answer that never comes; without a forge they would write to nobody."""
    report = replace(shop(), run=replace(RUN, slug="shop"))
    said = advice(report, DRESS, is_proposed=True, forge=ForgeKind.GITLAB) or ""
    assert "somebody with the role Developer can accept by the note `/proofbot accept <model> <reason>`" in said
    assert said.endswith("and then run the job again.")
    in_error = replace(report, status=Status.ERROR)
    told = advice(in_error, DRESS, is_proposed=True, forge=ForgeKind.GITLAB) or ""
    assert told
    assert "/proofbot" not in told, "nobody hears it there before the error is mended"
    assert "/proofbot accept" in (advice(in_error, DRESS, is_proposed=True) or "")
    assert "/proofbot" not in (advice(report, DRESS, is_proposed=True, forge=ForgeKind.LOCAL) or "")


def test_an_open_gate_says_that_the_policy_only_advises() -> None:
    """A team would take the green mark for a proof, and never learn how to make it one."""
    report = trust.advisory()
    assert "`policy: standard` in `.proofbot.yml`" in (about_advisory(report) or "")
    assert about_advisory(replace(report, policy="standard (default)")) is None
    assert about_advisory(replace(report, models=())) is None


def test_what_to_do_names_the_way_to_declare() -> None:
    """An author who meant the change would only read that it is wrong."""
    said = advice(trust.undeclared(), DRESS, is_proposed=True) or ""
    assert said.endswith("in the description, or in `.proofbot/expect.yml`: a block that fits is below.")
    assert "below" not in (advice(trust.undeclared(), DRESS, is_proposed=False) or "")
    mend = advice(trust.declared(), DRESS, is_proposed=False) or ""
    assert mend.endswith("or mend the declaration (description, .proofbot/expect.yml).")
    partly = replace(trust.declared(), models=trust.declared().models[1:3], unmet=())
    assert "or declare it, too (" in (advice(partly, DRESS, is_proposed=False) or "")


@pytest.mark.parametrize(
    ("verified", "seen", "said"),
    [
        (Verified.AS_DECLARED, Outcome.CHANGED, "changed, as declared"),
        (Verified.AS_DECLARED, Outcome.UNCHANGED, "unchanged, as declared"),
        (Verified.NOT_DECLARED, Outcome.CHANGED, "changed, not declared"),
        (Verified.OUTSIDE, Outcome.CHANGED, "outside the declared limits"),
        (Verified.ABSENT, Outcome.UNCHANGED, "declared but absent"),
        (Verified.UNKNOWN, Outcome.CHANGED, "changed, declaration not verified"),
        (Verified.AS_DECLARED, Outcome.ERRORED, "errored"),
    ],
)
def test_what_became_of_a_declaration_stands_in_the_table(verified: Verified, seen: Outcome, said: str) -> None:
    """A change that somebody meant would look like one that nobody did."""
    assert outcome(replace(model("orders", seen), declared=Declared(verified))) == said


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


def test_what_a_run_has_taken_is_told_of_checks_and_builds_apart() -> None:
    """Who pays could not tell which of the two to make cheaper; or would read of a price that nobody has named."""
    run = replace(RUN, warehouse="Snowflake 10.1.2", cost=Cost(38, 1_240_000_000, 48.2, 0.002))
    assert " · 41 s · checks scanned 1.2 GB in 48 s of Snowflake · 2026-03-04 05:06 UTC" in versions(run, DRESS)
    both = replace(run, cost=Cost(38, 0, 0.2, builds=Cost(96, 31_000_000, 125.0)))
    assert "checks scanned 0 bytes in under 1 s of Snowflake, builds 31 MB in 2 min 5 s" in versions(both, DRESS)
    assert "scanned" not in versions(RUN, DRESS)


def test_what_is_not_known_is_not_named() -> None:
    """The comment of a run that could not begin would speak of a project "(empty)", and of no dbt at all."""
    run = replace(RUN, project="", dbt_version="", warehouse="", adapter="")
    assert commits(run, DRESS) == "Base 4b4864c1f (main) → head 9ab01cd27 (faster-orders)"
    assert versions(run, DRESS).startswith("proofbot 0.1.0 · 14 models built · ")
    assert commits(replace(run, base=Revision("", "")), DRESS) == "Head 9ab01cd27 (faster-orders)"
    assert commits(RUN, DRESS).startswith("Project shop, base 4b4864c1f")
    assert versions(RUN, DRESS).startswith("proofbot 0.1.0 · dbt 1.11.2 · DuckDB 2.0.0 · 14 models built")
