"""Tests for `core.remaining`: what is left of findings once the noise is left out."""

from __future__ import annotations

from bot.core.remaining import changed_columns, differing, has_changed, is_proven_unchanged, merge
from bot.domain import Finding, Noise, Outcome

_CHANGED = Finding(
    "values",
    Outcome.CHANGED,
    "400 changed",
    measures={"changed": 400, "added": 0, "unkeyed": 0, "columns": {"t": {"changed": 400}, "n": {"changed": 0}}},
)
_EQUAL = Finding("values", Outcome.UNCHANGED, "all equal", measures={"changed": 0, "added": 0, "unkeyed": 0})
_MOVED = Finding("values", Outcome.CHANGED, "3 added", measures={"changed": 0, "added": 3, "unkeyed": 0})
_COUNTED = Finding("row_count", Outcome.CHANGED, "100 rows before, 97 after")


def _outcomes(findings: tuple[Finding, ...] | None) -> list[Outcome]:
    assert findings is not None
    return [finding.outcome for finding in findings]


def test_what_is_equal_beyond_its_noise_is_noise() -> None:
    """A user would read that nothing differs, or that something changed, where a time stamp does."""
    (left,) = merge([_CHANGED], [_EQUAL], Noise(columns={"t": "current_timestamp"})) or ()
    assert (left.outcome, left.message) == (Outcome.NOISE, "all equal; left out as noise: t")
    assert differing([_CHANGED], [left]) == 400


def test_rows_that_come_and_go_are_noise_unless_rows_changed_too() -> None:
    """A user would have changed rows waved through because others come and go."""
    assert _outcomes(merge([_MOVED], [_MOVED], Noise(rows=True))) == [Outcome.NOISE]
    assert _outcomes(merge([_MOVED], [_MOVED], Noise())) == [Outcome.CHANGED]
    assert _outcomes(merge([_CHANGED], [_CHANGED], Noise(rows=True))) == [Outcome.CHANGED]


def test_a_row_count_is_noise_only_where_it_varies() -> None:
    """A user would not read that a limit was halved."""
    assert _outcomes(merge([_COUNTED], [_COUNTED], Noise(rows=True))) == [Outcome.CHANGED]
    assert _outcomes(merge([_COUNTED], [_COUNTED], Noise(rows=True, count=True))) == [Outcome.NOISE]


def test_a_second_look_that_fails_changes_nothing() -> None:
    """A user would read an error, or noise, where a change was seen."""
    assert merge([_CHANGED], [Finding("values", Outcome.ERRORED, "budget")], Noise(columns={"t": ""})) is None


def test_distributions_of_what_varies_are_noise() -> None:
    """A user would be stopped by the histogram of a time stamp."""
    of_t, of_n = (Finding("top_k", Outcome.CHANGED, "x", measures={"columns": {name: {}}}) for name in "tn")
    noise = Noise(columns={"t": ""})
    assert _outcomes(merge([_CHANGED, of_t, of_n], [_EQUAL, of_t, of_n], noise)) == [
        Outcome.NOISE,
        Outcome.NOISE,
        Outcome.CHANGED,
    ]
    assert _outcomes(merge([_CHANGED, of_t], [_CHANGED, of_t], Noise(rows=True)))[1] is Outcome.CHANGED


def test_a_key_that_varies_is_still_judged_as_a_key() -> None:
    """A user would no longer read that a key is repeated."""
    repeated, unknown = Finding("keys", Outcome.CHANGED, "repeated"), Finding("keys", Outcome.SKIPPED, "no key")
    left = merge([_CHANGED, repeated], [_EQUAL, unknown], Noise(columns={"id": ""}, key=True)) or ()
    assert [finding.message for finding in left if finding.check == "keys"] == ["repeated"]


def test_what_head_breaks_is_said() -> None:
    """A user would not learn why a column that varies counts as changed."""
    (left,) = merge([_CHANGED], [_CHANGED], Noise(partly={"t": 400}, broken={"t": "is null in some rows"})) or ()
    assert left.message == "400 changed; `t` is null in some rows"


def test_only_a_full_comparison_proves() -> None:
    """A control would be built on an ancestor of which only a part was looked at."""
    assert is_proven_unchanged([_EQUAL])
    assert not is_proven_unchanged([_CHANGED])
    assert not is_proven_unchanged([])
    sampled = Finding("values", Outcome.UNCHANGED, "", measures={"sampled": 0.1})
    assert not is_proven_unchanged([sampled])


def test_what_could_not_be_asked_may_have_changed() -> None:
    """A user would have a model waved through by memory of which nothing is known."""
    assert not has_changed([_EQUAL])
    assert not has_changed([Finding("values", Outcome.NOISE, "")])
    assert has_changed([])
    assert has_changed([Finding("values", Outcome.SKIPPED, "")])
    assert has_changed([_EQUAL, _COUNTED])


def test_changed_columns_are_told_where_they_are_known() -> None:
    """A user would read of a column that head makes vary and that did not change."""
    assert changed_columns([_CHANGED]) == frozenset({"t"})
    assert changed_columns([_EQUAL]) is None
    assert differing([_CHANGED], [Finding("values", Outcome.CHANGED, "")]) is None
