"""What is known to fail: written down so that people can read it, and never an excuse for what is new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import baseline
from bot.core.baseline import Baseline, Entry, Kind
from bot.domain import Bound, Finding, Grade, NamedReport, NodeResult, Outcome, TestReport
from bot.errors import UsageError
from tests.core.manifests import generic_test, node, read

_UID = "model.shop.orders"
_TEST = Entry(Kind.TEST, _UID, "test.shop.unique_orders_id.0123456789", 3)
_KEYS = Entry(Kind.KEYS, _UID, "null_rows of id", 2)
_ASSERTION = Entry(Kind.ASSERTION, "", "no_debts", 5)
_KNOWN = Baseline((_ASSERTION, _KEYS, _TEST), ".proofbot/baseline.json")

_FAILING = TestReport(_TEST.name, "unique_orders_id", _UID, "fail", "fail", 3, 3, Grade.WARN)


def _keys(base: dict[str, int] | None, head: dict[str, int] | None) -> Finding:
    return Finding("keys", Outcome.CHANGED, "", measures={"columns": ["id"], "base": base, "head": head})


def _counts(null_rows: int, duplicate_keys: int = 0, duplicate_rows: int = 0) -> dict[str, int]:
    return {"null_rows": null_rows, "duplicate_keys": duplicate_keys, "duplicate_rows": duplicate_rows}


def _assertion(rows: int, base_rows: int | None, name: str = "no_debts") -> NamedReport:
    measures = {"rows": rows, "max_rows": 0, "base_rows": base_rows}
    return NamedReport("assertion", name, (), Finding("assertion", Outcome.CHANGED, "", measures=measures))


def test_a_baseline_can_be_read_by_people_and_by_us() -> None:
    """A review of a baseline would be a review of noise, or what was written could not be used."""
    text = baseline.text([_TEST, _ASSERTION, _KEYS])
    assert text.splitlines()[2:5] == [
        '  "known": [',
        '    {"kind": "assertion", "model": "", "name": "no_debts", "count": 5},',
        '    {"kind": "keys", "model": "model.shop.orders", "name": "null_rows of id", "count": 2},',
    ]
    assert text == baseline.text([_KEYS, _TEST, _ASSERTION])
    assert baseline.read(text, ".proofbot/baseline.json") == _KNOWN
    assert baseline.read(baseline.text([]), "x").entries == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": 2, "known": []}',
        '{"version": 1}',
        '{"version": 1, "known": [{"kind": "test"}]}',
        '{"version": 1, "known": [{"kind": "soup", "model": "", "name": "", "count": 1}]}',
        '{"version": 1, "known": [{"kind": "test", "model": "", "name": "", "count": "many"}]}',
        '{"version": 1, "known": 7}',
    ],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    """A slip in the file would let everything through, or nothing, without a word."""
    with pytest.raises(UsageError) as caught:
        baseline.read(text, "baseline.json of base")
    assert caught.value.where == "baseline.json of base"


def test_what_fails_is_collected_and_errors_are_not() -> None:
    """A test that cannot run would be known to fail for ever, or a failure be left out."""
    project = read(node("orders"), generic_test("unique", "orders", "id"), generic_test("not_null", "orders", "id"))
    unique, not_null = "test.shop.unique_orders_id", "test.shop.not_null_orders_id"
    results = {
        unique: NodeResult(unique, "fail", failures=4),
        not_null: NodeResult(not_null, "error"),
        "test.shop.gone": NodeResult("test.shop.gone", "fail", failures=1),
    }
    assert baseline.of_tests(results, project) == (Entry(Kind.TEST, "model.shop.orders", unique, 4),)
    found = baseline.of_keys(_UID, [Finding("schema", Outcome.UNCHANGED, ""), _keys(None, _counts(2, 0, 0))])
    assert found == (_KEYS,)
    assert baseline.of_keys(_UID, [Finding("keys", Outcome.ERRORED, "no such table")]) == ()
    failing = _assertion(5, None)
    failing = replace(failing, finding=replace(failing.finding, bound=Bound.FAIL))
    query = replace(failing, check="query")
    fine = replace(failing, name="fine", finding=replace(failing.finding, bound=Bound.WITHIN))
    assert baseline.of_named([failing, query, fine]) == (_ASSERTION,)


def test_it_is_told_what_became_of_a_baseline() -> None:
    """Nobody would see that a baseline grows."""
    better, new = replace(_TEST, count=1), replace(_KEYS, name="null_rows of other")
    told = baseline.compare(_KNOWN.entries, (_ASSERTION, better, new))
    assert (told.new, told.mended, told.moved) == ((new,), (_KEYS,), ((_TEST, better),))


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (_FAILING, True),
        (replace(_FAILING, head_failures=2), True),
        (replace(_FAILING, base_failures=9, head_failures=4), False),  # more than is known
        (replace(_FAILING, base_failures=1, grade=Grade.FAIL), False),  # more than at base
        (replace(_FAILING, base="pass", base_failures=0, grade=Grade.FAIL), False),
        (replace(_FAILING, base=None, base_failures=None, grade=Grade.FAIL), False),
        (replace(_FAILING, head="error", grade=Grade.FAIL), False),
        (replace(_FAILING, base="error", head="error"), False),
        (replace(_FAILING, head="pass", grade=Grade.PASS), False),
        (replace(_FAILING, head="warn"), False),
        (replace(_FAILING, unique_id="test.shop.other"), False),
        (replace(_FAILING, model="model.shop.other"), False),
    ],
)
def test_a_test_is_known_to_fail_only_as_it_failed_before(test: TestReport, *, expected: bool) -> None:
    """A mended test could be broken again, or broken further, under the cover of the baseline."""
    assert [one.is_known for one in baseline.mark_tests([test], _KNOWN)] == [expected]
    assert not baseline.mark_tests([test], Baseline())[0].is_known


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (_counts(2), _counts(2), True),
        (_counts(5), _counts(1), True),
        (_counts(1), _counts(2), False),
        (_counts(5), _counts(3), False),
        (_counts(0), _counts(2), False),
        (None, _counts(2), False),
        (_counts(2), None, False),
        (_counts(2), _counts(0), False),
        (_counts(2, 1, 2), _counts(2, 1, 2), False),  # the repeated key is not in the baseline
    ],
)
def test_a_key_is_known_to_be_bad_only_as_it_was(
    base: dict[str, int] | None, head: dict[str, int] | None, *, expected: bool
) -> None:
    """New nulls in a key would pass as old ones."""
    others = (Finding("values", Outcome.CHANGED, ""), _keys(base, head))
    found = baseline.mark_findings(_UID, others, _KNOWN)
    assert found[0] == others[0]
    assert bool(found[1].measures.get("known")) is expected
    assert not baseline.mark_findings("model.shop.other", others, _KNOWN)[1].measures.get("known")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (_assertion(5, 5), True),
        (_assertion(4, 9), True),
        (_assertion(5, 4), False),
        (_assertion(6, 6), False),
        (_assertion(5, 0), False),
        (_assertion(5, None), False),
        (_assertion(0, 5), False),
        (_assertion(5, 5, name="other"), False),
        (replace(_assertion(5, 5), check="query"), False),
        (replace(_assertion(5, 5), is_declared=True), False),
        (replace(_assertion(5, 5), finding=Finding("assertion", Outcome.ERRORED, "")), False),
    ],
)
def test_an_assertion_is_known_to_fail_only_as_at_base(named: NamedReport, *, expected: bool) -> None:
    """An assertion that was mended on the default branch could be broken again."""
    found = baseline.mark_named([named], _KNOWN)[0]
    assert bool(found.finding.measures.get("known")) is expected
