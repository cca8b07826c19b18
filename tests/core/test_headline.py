"""The verdict in one sentence."""

from __future__ import annotations

from bot.core.headline import clauses
from bot.domain import (
    Cause,
    CauseKind,
    ChangeKind,
    Explained,
    Grade,
    ModelReport,
    NodeChange,
    Outcome,
    Proof,
)


def _changed(
    name: str, *roots: str, kind: ChangeKind = ChangeKind.DOWNSTREAM, cause: Cause | None = None
) -> ModelReport:
    change = NodeChange(name, kind, (cause,) if cause else ())
    explained = Explained(roots, own=not roots, proof=Proof.SAME_CODE)
    return ModelReport(
        name, name, "model", "shop", "", "table", change, Outcome.CHANGED, Grade.FAIL, explained=explained
    )


def test_forty_models_of_one_bug_are_one_cause() -> None:
    """A reviewer would look for forty bugs."""
    bug = _changed("orders", kind=ChangeKind.MODIFIED)
    downstream = [_changed(f"mart_{number}", "orders") for number in range(40)]
    told = clauses([bug, *downstream], ())
    assert told == ["41 of 41 affected models changed (all because of one of them)"]


def test_several_causes_are_counted() -> None:
    """A reviewer would stop after the first bug."""
    bugs = [_changed(name, kind=ChangeKind.MODIFIED) for name in ("orders", "customers")]
    downstream = [_changed(f"mart_{number}", "orders") for number in range(3)]
    assert clauses([*bugs, *downstream], ()) == ["5 of 5 affected models changed (from 2 causes)"]


def test_one_macro_is_one_change() -> None:
    """A reviewer would read of two bugs where one macro was edited."""
    macro = Cause(CauseKind.MACRO, "cents")
    told = clauses([_changed(name, kind=ChangeKind.MODIFIED, cause=macro) for name in ("orders", "payments")], ())
    assert told == ["2 of 2 affected models changed (all because of one change)"]


def test_nothing_is_claimed_of_causes_that_are_not_known() -> None:
    """Two bugs would be told as one."""
    bugs = [_changed(name, kind=ChangeKind.MODIFIED) for name in ("orders", "customers")]
    assert clauses(bugs, ()) == ["2 of 2 affected models changed"]
