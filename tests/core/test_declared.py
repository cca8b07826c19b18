"""What is declared of a model is verified against what was seen of it, with numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.declarations import Resolved, Source, read
from bot.core.declared import unmet, verify, worst
from bot.domain import (
    Cause,
    CauseKind,
    ChangeKind,
    ColumnReport,
    Expectation,
    Finding,
    Key,
    KeySource,
    ModelReport,
    NodeChange,
    Noise,
    Outcome,
    RowReport,
    Verified,
)
from tests.core.test_declarations import KINDS
from tests.render.reports import equal, model

AS, ABSENT, OUTSIDE = Verified.AS_DECLARED, Verified.ABSENT, Verified.OUTSIDE
NOT, UNKNOWN = Verified.NOT_DECLARED, Verified.UNKNOWN
SAME = equal("orders", 61_948)
FEWER = replace(SAME, outcome=Outcome.CHANGED, rows=RowReport(61_948, 53_042, 0, 8_906, 0, 53_042))
ROWS = "−8,906 (−14.4%), 61,948 → 53,042"


def _report(rows: RowReport, columns: ColumnReport | None = None, *, keyed: bool = True) -> ModelReport:
    compared = ("order_id", "amount", "status")
    return replace(
        model("orders", Outcome.CHANGED, kind=ChangeKind.MODIFIED, rows=rows),
        key=Key(("order_id",), KeySource.UNIQUE) if keyed else None,
        columns=replace(columns or ColumnReport(), compared=compared),
    )


AMOUNT = _report(RowReport(100, 100, 0, 0, 7, 93), ColumnReport(changed={"amount": 7}))
CHURN = _report(RowReport(100, 100, 3, 3, 0, 97))
CHURN_WITHOUT_KEY = _report(RowReport(100, 100, 3, 3, 0, 97), keyed=False)
COLUMNS = _report(
    RowReport(100, 100, 0, 0, 0, 100),
    ColumnReport(added=("new",), removed=("old",), type_changed={"Amount": ("INTEGER", "DOUBLE")}, order_changed=True),
)


def _expect(text: str, name: str = "orders") -> Expectation:
    return read([Source("here", f"'{name}': {text}")], KINDS).expectations[0]


def _clauses(
    report: ModelReport, text: str | None, outside: int | str | None = None, name: str = "orders"
) -> list[tuple[str, Verified, str, str]]:
    found = verify(report, _expect(text, name) if text is not None else None, outside)
    if found is None:
        return []
    assert found.verified is worst(clause.verified for clause in found.clauses)
    assert found.clauses[0].verified is found.verified
    return [(one.what, one.verified, one.declared, one.seen) for one in found.clauses]


@pytest.mark.parametrize(
    ("text", "verified"),
    [
        ("-8906", AS),
        ("-9000..-8000", AS),
        ("-15%..-10%", AS),
        ("53042", AS),
        ("50000..60000", AS),
        ("-10..+10", OUTSIDE),
        ("-14.4%", OUTSIDE),
        ("+0", OUTSIDE),
        ("61948", OUTSIDE),
        ("0..10", OUTSIDE),
    ],
)
def test_the_number_of_rows_is_held_against_its_limits(text: str, verified: Verified) -> None:
    """A loss of rows beyond what the author meant would go through, or one that was meant would not."""
    ((what, found, declared, seen),) = _clauses(FEWER, f"{{rows: {text}}}")
    assert (what, found, declared) == ("rows", verified, text)
    assert seen.startswith("−8,906 (−14.")
    assert seen.endswith("%), 61,948 → 53,042")


def test_a_percentage_is_told_to_as_many_digits_as_show_what_is_wrong() -> None:
    """A comment would say that −14.4% is not within −14.4%."""
    assert _clauses(FEWER, "{rows: -14.4%}")[0][3] == "−8,906 (−14.38%), 61,948 → 53,042"
    assert _clauses(FEWER, "{rows: -14.4%..-14.3%}")[0][1:] == (AS, "-14.4%..-14.3%", ROWS)
    almost_all = replace(FEWER, rows=RowReport(100_000, 1, 0, 99_999, 0, 1))
    assert _clauses(almost_all, "{rows: -99999}")[0][3] == "−99,999 (−99.999%), 100,000 → 1"
    hardly_any = replace(FEWER, rows=RowReport(100_000, 100_001, 1, 0, 0, 100_000))
    assert _clauses(hardly_any, "{rows: +1}")[0][3] == "+1 (+0.001%), 100,000 → 100,001"


@pytest.mark.parametrize(
    ("text", "verified"),
    [("+0", AS), ("-5%..+5%", AS), ("61948", AS), ("-8906", ABSENT), ("-25%..-35%", ABSENT), ("5..10", ABSENT)],
)
def test_a_declared_change_of_rows_that_did_not_happen_is_absent(text: str, verified: Verified) -> None:
    """A fix that fixes nothing would pass as declared."""
    assert _clauses(SAME, f"{{rows: {text}}}") == [("rows", verified, text, "61,948 rows, as before")]


@pytest.mark.parametrize(("text", "verified"), [("+5..+10", AS), ("+900%", OUTSIDE), ("0%", OUTSIDE), ("8", AS)])
def test_of_no_rows_any_number_is_more_than_any_percentage(text: str, verified: Verified) -> None:
    """A model that was empty would end the run by a division by zero, or be within any percentage."""
    filled = replace(FEWER, rows=RowReport(0, 8, 8, 0, 0, 0))
    assert _clauses(filled, f"{{rows: {text}}}") == [("rows", verified, text, "+8, 0 → 8")]
    empty = replace(SAME, outcome=Outcome.VACUOUS, rows=RowReport(0, 0, 0, 0, 0, 0))
    assert _clauses(empty, "{rows: 0%}") == [("rows", AS, "0%", "0 rows, as before")]


def test_rows_that_come_and_go_are_held_against_their_limits() -> None:
    """Rows could be replaced by others behind a declared number that stays the same."""
    words = "3 rows added and 3 removed"
    assert _clauses(CHURN, "{rows: +0}")[0] == ("rows added and removed", NOT, "+0", words)
    assert _clauses(CHURN, "{rows: {added: 3, removed: 0..10}}") == [
        ("rows added", AS, "3", "3 rows"),
        ("rows removed", AS, "0..10", "3 rows"),
    ]
    assert _clauses(CHURN, "{rows: {added: 2}}") == [
        ("rows removed", NOT, "", "3 rows"),
        ("rows added", OUTSIDE, "2", "3 rows"),
    ]
    assert _clauses(FEWER, "{rows: {added: 5, removed: 8906}}") == [
        ("rows added", ABSENT, "5", "0 rows"),
        ("rows removed", AS, "8906", "8,906 rows"),
    ]


def test_without_a_key_a_changed_row_is_one_that_went_and_one_that_came() -> None:
    """A declared change of a model without a key could never be as declared."""
    told = "3 rows added and 3 removed; without a key a changed row counts as one of each"
    assert _clauses(CHURN_WITHOUT_KEY, None) == [("rows added and removed", NOT, "", told)]
    words = "3 rows added and 3 removed; without a key it is not known in which columns"
    assert _clauses(CHURN_WITHOUT_KEY, "{columns: {changed: amount}}") == [("column amount", AS, "changed", words)]
    gone = _report(RowReport(100, 90, 0, 10, 0, 90), keyed=False)
    assert _clauses(gone, "{rows: -10, columns: {changed: amount}}")[0][:2] == ("column amount", ABSENT)
    wrong = _clauses(CHURN_WITHOUT_KEY, "{columns: {changed: amuont}}")
    assert wrong == [("column amuont", ABSENT, "changed", "neither side has such a column")]
    volatile = replace(CHURN, noise=Noise(key=True))
    assert _clauses(volatile, "{columns: {changed: amount}}") == [("column amount", AS, "changed", words)]


def test_rows_with_a_key_that_is_null_may_have_changed_too() -> None:
    """A change of a column would be told as replaced rows where few rows have no key."""
    few = replace(CHURN, rows=RowReport(100, 100, 3, 3, 0, 97, unkeyed=6))
    assert _clauses(few, "{columns: {changed: amount}}")[0][:2] == ("column amount", AS)
    fewer = replace(CHURN, rows=RowReport(100, 100, 3, 3, 0, 97, unkeyed=5))
    assert [one[:2] for one in _clauses(fewer, "{columns: {changed: amount}}")] == [
        ("rows added and removed", NOT),
        ("column amount", ABSENT),
    ]


def test_columns_are_held_against_what_is_declared_of_them() -> None:
    """A column that went away, or changed, could hide behind one that was meant."""
    text = "{columns: {added: [NEW, x], removed: old, retyped: [amount, status], changed: status}}"
    assert _clauses(COLUMNS, text) == [
        ("column x", ABSENT, "added", "not added"),
        ("type of status", ABSENT, "retyped", "the same type on both sides, or not on both"),
        ("column status", ABSENT, "changed", "no row changed in it"),
        ("column NEW", AS, "added", "added"),
        ("column old", AS, "removed", "removed"),
        ("type of amount", AS, "retyped", "INTEGER → DOUBLE"),
    ]
    assert _clauses(AMOUNT, "{columns: {changed: [amount]}}") == [("column amount", AS, "changed", "7 rows")]
    assert _clauses(AMOUNT, "{columns: {changed: [status]}}") == [
        ("column amount", NOT, "", "7 rows"),
        ("column status", ABSENT, "changed", "no row changed in it"),
    ]
    assert _clauses(COLUMNS, "{columns: {changed: new}}")[-1][1:] == (ABSENT, "changed", "it was added")
    assert _clauses(COLUMNS, "{columns: {changed: old}}")[-1][1:] == (ABSENT, "changed", "it was removed")


def test_two_columns_that_differ_in_case_are_two() -> None:
    """What is declared of one of them would cover the other."""
    both = _report(RowReport(9, 9, 0, 0, 2, 7), ColumnReport(changed={"a": 1, "A": 2}))
    assert _clauses(both, "{columns: {changed: A}}")[0] == ("column a", NOT, "", "1 row")


def test_what_nobody_declared_is_told() -> None:
    """A change beside the declared ones would go through."""
    assert _clauses(FEWER, None) == [("rows", NOT, "", ROWS)]
    assert _clauses(COLUMNS, None) == [
        ("column new", NOT, "", "added"),
        ("column old", NOT, "", "removed"),
        ("type of Amount", NOT, "", "INTEGER → DOUBLE"),
    ]
    assert _clauses(AMOUNT, "{rows: +0}")[0] == ("column amount", NOT, "", "7 rows")
    unknown_columns = _report(RowReport(9, 9, 0, 0, 2, 7))
    assert _clauses(unknown_columns, None) == [("rows changed", NOT, "", "2 rows")]
    assert _clauses(unknown_columns, "{columns: {changed: amount}}")[0][1] is AS
    declared = verify(FEWER, None, None)
    assert declared is not None
    assert (declared.reason, declared.where) == ("", "")


def test_what_did_not_change_needs_no_declaration() -> None:
    """Every request that declares something would have to name all models that it rebuilds."""
    for report in (SAME, replace(COLUMNS, columns=ColumnReport(order_changed=True)), replace(SAME, rows=None)):
        assert verify(report, None, None) is None
    errored = replace(SAME, outcome=Outcome.ERRORED, rows=None, columns=None, reason="dbt at head: no")
    assert verify(errored, None, None) is None


def test_unchanged_is_verified() -> None:
    """The strongest thing a refactoring can say would be taken at its word."""
    assert _clauses(SAME, "unchanged") == [("model", AS, "unchanged", "all 61,948 rows are equal")]
    assert _clauses(FEWER, "unchanged") == [("rows", NOT, "unchanged", ROWS)]
    assert _clauses(CHURN, "unchanged")[0][:2] == ("rows added and removed", NOT)
    empty = replace(SAME, outcome=Outcome.VACUOUS, rows=RowReport(0, 0, 0, 0, 0, 0))
    assert _clauses(empty, "unchanged")[0][3] == "no rows on either side, so nothing was shown"
    proven = replace(SAME, outcome=Outcome.EQUIVALENT, rows=None)
    assert _clauses(proven, "unchanged") == [("model", AS, "unchanged", "no difference")]


def test_reason_and_place_of_the_declaration_are_told() -> None:
    """A reviewer would not see why a change is meant, nor where that is said."""
    declared = verify(FEWER, _expect("{rows: -8906, reason: no orders any more}"), None)
    assert declared is not None
    assert (declared.reason, declared.where) == ("no orders any more", "here:1")


@pytest.mark.parametrize(
    ("report", "seen"),
    [
        (replace(SAME, outcome=Outcome.ERRORED, rows=None, columns=None, reason="dbt at head: no"), "dbt at head: no"),
        (replace(SAME, outcome=Outcome.ERRORED, reason="check `profile`: no"), "check `profile`: no"),
        (replace(SAME, outcome=Outcome.SKIPPED, reason=None), "it could not be compared"),
        (replace(SAME, rows=RowReport(5, 5)), "its rows were not compared"),
        (replace(SAME, columns=None), "its columns were not compared"),
        (
            replace(SAME, findings=(Finding("values", Outcome.UNCHANGED, "", measures={"base": 5, "sampled": 0.1}),)),
            "only a sample of 10% was compared",
        ),
        (
            replace(SAME, outcome=Outcome.SKIPPED, materialization="ephemeral", rows=None, reason="ephemeral: none"),
            "ephemeral: none",
        ),
    ],
)
def test_what_was_not_compared_in_full_cannot_be_verified(report: ModelReport, seen: str) -> None:
    """A model that could not be compared would count as unchanged."""
    assert _clauses(report, "unchanged") == [("model", UNKNOWN, "unchanged", seen)]


@pytest.mark.parametrize("text", ["{rows: -8906}", "{columns: {changed: amount, added: x}}", "{rows: {removed: 5}}"])
def test_of_what_failed_nothing_is_called_absent(text: str) -> None:
    """An author would look for a mistake in the code where a check broke."""
    errored = replace(SAME, outcome=Outcome.ERRORED, rows=None, reason="it broke")
    assert {one[1] for one in _clauses(errored, text)} == {UNKNOWN}
    assert [one[1] for one in _clauses(replace(errored, columns=None), text)] == [UNKNOWN]


def test_a_sample_proves_no_number_of_rows() -> None:
    """The numbers of a sample would be held against limits of the whole."""
    measures = {"base": 500, "sampled": 0.1}
    values = Finding("values", Outcome.CHANGED, "", measures=measures)
    sampled = replace(FEWER, findings=(values, Finding("row_count", Outcome.CHANGED, "", measures=measures)))
    assert _clauses(sampled, "{rows: -8906}")[0][1] is UNKNOWN
    assert _clauses(sampled, "{rows: {removed: 8906}}")[0][1:] == (UNKNOWN, "8906", "only a sample of 10% was compared")
    counted = replace(FEWER, findings=(values, Finding("row_count", Outcome.CHANGED, "", measures={"base": 61_948})))
    assert _clauses(counted, "{rows: -8906}")[0][1] is AS
    unseen = _clauses(counted, "{rows: -8906, columns: {changed: amount}}")
    assert unseen[0] == ("column amount", UNKNOWN, "changed", "no row in a sample of 10%")


def test_rows_outside_of_what_is_compared_are_held_against_the_limits_too() -> None:
    """`values` with a `where` of its own would hide that the model lost rows."""
    partly = replace(FEWER, rows=RowReport(61_948, 53_042, 0, 0, 0, 100))
    assert _clauses(partly, None)[0][:2] == ("rows", NOT)
    assert _clauses(partly, "{rows: -8906}")[0][:2] == ("rows", OUTSIDE)
    assert _clauses(partly, "{rows: -8906..+0}")[0][:2] == ("rows", AS)
    assert _clauses(partly, "{rows: {added: 0..10}}")[0] == ("rows", OUTSIDE, "", ROWS)


@pytest.mark.parametrize(
    ("outside", "verified", "seen"),
    [
        (0, AS, "every changed row satisfies it"),
        (1, OUTSIDE, "1 row added, removed or changed elsewhere"),
        (12_000, OUTSIDE, "12,000 rows added, removed or changed elsewhere"),
        ("it is more than one condition", UNKNOWN, "it is more than one condition"),
        (None, UNKNOWN, "it was not asked which rows changed"),
    ],
)
def test_rows_that_do_not_satisfy_the_condition_must_not_change(
    outside: int | str | None, verified: Verified, seen: str
) -> None:
    """A change that was meant for some rows would go through for all."""
    clauses = _clauses(FEWER, "{rows: -8906, where: status = 'x'}", outside)
    assert ("where", verified, "status = 'x'", seen) in clauses


def test_where_nothing_changed_no_condition_is_asked() -> None:
    """A model that did not change would be told as not verified."""
    assert [one[0] for one in _clauses(SAME, "{rows: +0, where: x}")] == ["rows"]


def test_noise_is_no_change() -> None:
    """What varies by itself would have to be declared, and declared changes could be met by it."""
    noisy = replace(FEWER, outcome=Outcome.NOISE, columns=ColumnReport(changed={"amount": 5}))
    assert verify(noisy, None, None) is None
    assert _clauses(noisy, "unchanged")[0][1] is AS
    assert _clauses(noisy, "{rows: -8906}")[0][1] is ABSENT
    unstable = replace(CHURN, rows=RowReport(100, 103, 5, 2, 4, 94), noise=Noise(rows=True, count=True))
    unstable = replace(unstable, columns=ColumnReport(changed={"amount": 4}))
    assert _clauses(unstable, None) == [("column amount", NOT, "", "4 rows")]
    assert _clauses(unstable, "{rows: +3, columns: {changed: amount}}")[0][:2] == ("rows", UNKNOWN)
    assert _clauses(unstable, "{rows: 0..200, columns: {changed: amount}}")[0][:2] == ("rows", AS)
    assert _clauses(unstable, "{rows: {added: 5}, columns: {changed: amount}}")[0][:2] == ("rows added", UNKNOWN)


def test_the_number_of_rows_is_no_noise_where_only_the_rows_vary() -> None:
    """A limit that is halved would pass as `unchanged`, because which rows a limit takes is noise."""
    halved = replace(CHURN, rows=RowReport(100, 50, 20, 70, 0, 30), noise=Noise(rows=True))
    halved = replace(halved, columns=ColumnReport())
    seen = "−50 (−50.0%), 100 → 50"
    assert _clauses(halved, "unchanged") == [("rows", NOT, "unchanged", seen)]
    assert _clauses(halved, None) == [("rows", NOT, "", seen)]
    assert _clauses(halved, "{rows: -50}")[0][:2] == ("rows", AS)


def test_a_column_that_was_not_compared_cannot_be_verified() -> None:
    """A column that the configuration leaves out would be told as absent."""
    noisy = replace(AMOUNT, noise=Noise(columns={"loaded_at": "current_timestamp"}))
    told = _clauses(noisy, "{columns: {changed: [amount, Loaded_at]}}")[0]
    assert told == ("column Loaded_at", UNKNOWN, "changed", "it varies without the change: current_timestamp")
    left_out = _report(
        RowReport(9, 9, 0, 0, 1, 8), ColumnReport(changed={"amount": 1}, uncompared={"geo": "no equality"})
    )
    told = _clauses(left_out, "{columns: {changed: [amount, geo]}}")[0]
    assert told == ("column geo", UNKNOWN, "changed", "it was not compared: no equality")


def _alone(kind: ChangeKind, rows: RowReport) -> ModelReport:
    return replace(model("orders", Outcome.CHANGED, kind=kind, rows=rows), columns=None)


def test_added_and_removed_models_are_verified() -> None:
    """A removed model would go through where another one was declared to be."""
    added = _alone(ChangeKind.ADDED, RowReport(None, 12))
    removed = _alone(ChangeKind.REMOVED, RowReport(61_948, None))
    assert verify(added, None, None) is None
    assert _clauses(added, "added") == [("model", AS, "added", "exists at head only, with 12 rows")]
    assert _clauses(added, "removed")[0][1] is ABSENT
    assert _clauses(added, "unchanged")[0][1] is NOT
    assert _clauses(added, "{rows: 12}")[0][1:3] == (NOT, "changed")
    assert _clauses(removed, None) == [("model", NOT, "", "exists at base only, with 61,948 rows")]
    assert _clauses(removed, "removed") == [("model", AS, "removed", "exists at base only, with 61,948 rows")]
    assert _clauses(removed, "added")[0][1] is ABSENT
    assert _clauses(removed, "unchanged", name="*")[0][1] is NOT
    assert _clauses(FEWER, "removed") == [
        ("rows", NOT, "", ROWS),
        ("model", ABSENT, "removed", "it exists on both sides"),
    ]
    broken = replace(added, outcome=Outcome.ERRORED, rows=None, reason="dbt at head: no")
    assert _clauses(broken, "added") == [("model", UNKNOWN, "added", "dbt at head: no")]


def test_what_is_said_of_models_in_general_does_not_forbid_new_ones() -> None:
    """A refactoring that moves a step to a model of its own could not say `"*": unchanged`."""
    added = _alone(ChangeKind.ADDED, RowReport(None, 12))
    assert verify(added, _expect("unchanged", "*"), None) is None
    assert verify(added, _expect("{rows: +0}", "mar*"), None) is None
    assert _clauses(added, "added", name="*")[0][1] is AS
    ephemeral = replace(SAME, outcome=Outcome.SKIPPED, materialization="ephemeral", rows=None, reason="ephemeral: none")
    assert verify(ephemeral, _expect("unchanged", "*"), None) is None


def test_a_model_that_becomes_ephemeral_is_gone() -> None:
    """Readers outside of dbt would lose a table, and `unchanged` would stand."""
    gone = replace(FEWER, rows=RowReport(5, None), columns=None, reason="ephemeral at head: its relation is gone")
    assert _clauses(gone, "unchanged")[0][1] is NOT
    assert _clauses(gone, "removed")[0][1] is AS
    assert verify(replace(gone, rows=RowReport(None, 5)), None, None) is None


def test_a_model_under_a_new_name_may_be_declared_as_added() -> None:
    """A renamed model is compared with what it was; its author calls it added."""
    change = NodeChange("model.shop.orders", ChangeKind.MODIFIED, (Cause(CauseKind.NAME, "was model.shop.old"),))
    assert _clauses(replace(SAME, change=change), "added")[0][1] is AS
    assert [one[1] for one in _clauses(replace(FEWER, change=change), "added")] == [NOT, AS]


def test_words_are_ordered_from_best_to_worst() -> None:
    """The comment would tell the lesser of two faults."""
    assert worst([]) is AS
    assert worst([AS, ABSENT]) is ABSENT
    assert worst([OUTSIDE, ABSENT]) is OUTSIDE
    assert worst([NOT, UNKNOWN, OUTSIDE]) is UNKNOWN


@pytest.mark.parametrize(
    ("text", "verified"),
    [
        ("unchanged", AS),
        ("{rows: +0}", AS),
        ("{rows: -5%..+5%, where: x}", AS),
        ("{rows: {added: 0..5}}", AS),
        ("{rows: -5}", ABSENT),
        ("{rows: 5}", ABSENT),
        ("{rows: +0, columns: {changed: a}}", ABSENT),
        ("{rows: +0, columns: {retyped: a}}", ABSENT),
        ("removed", ABSENT),
        ("added", ABSENT),
    ],
)
def test_what_is_declared_of_models_that_are_not_affected_is_verified(text: str, verified: Verified) -> None:
    """A declared change of a model that the request does not touch would be silently as declared."""
    expectation = _expect(text)
    resolved = Resolved({"model.shop.orders": expectation}, (expectation,))
    ((models, declared),) = unmet(resolved, ())
    assert (models, declared.verified, declared.where) == ("orders", verified, "here:1")
    assert declared.clauses[0].seen == "the request does not affect it"
    assert unmet(resolved, (SAME,)) == ()


def test_what_is_gone_or_new_without_a_report_is_as_declared() -> None:
    """The old name of a renamed model would be told as not removed."""
    removed, added, here = _expect("removed"), _expect("added"), frozenset({"u"})
    for resolved in (Resolved({"u": removed}, (removed,), gone=here), Resolved({"u": added}, (added,), new=here)):
        assert unmet(resolved, ())[0][1].verified is AS


def test_a_pattern_that_is_left_with_nothing_is_told() -> None:
    """A declared change would be met by no model at all."""
    changed, same = _expect("{rows: +0}", "m*"), _expect("unchanged", "o*")
    ((models, declared),) = unmet(Resolved({}, (changed, same)), ())
    assert (models, declared.verified) == ("m*", ABSENT)
    assert declared.clauses[0].seen == "other entries are about all that it names"
