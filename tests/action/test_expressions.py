"""The evaluator must see expressions as GitHub does: a story that takes another branch proves nothing."""

from __future__ import annotations

import pytest

from tests.action.expressions import NotUnderstood, Scope, evaluate, fill, holds

_CONTEXTS = {
    "github": {"event_name": "pull_request", "event": {"issue": {"number": 7}, "Draft": False}},
    "inputs": {"empty": "", "no": "false", "on-draft": "true"},
    "steps": {"look": {"outputs": {"a-key": "v"}}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event.issue.number || 'none'", 7),
        ("github.event.missing.number || inputs.empty || 'last'", "last"),
        ("github.event_name == 'PULL_REQUEST'", True),
        ("steps.look.outputs.a-key != ''", True),
        ("steps.gone.outputs.key == ''", True),
        ("inputs.no && 'a text is true, whatever it says'", "a text is true, whatever it says"),
        ("!github.event.draft", True),
        ("github.event.issue['number'] == '7'", True),
        ("'a' == 'b' || 'b' == 'b' && 'c' == 'd'", False),
        ("!('a' == 'a') || endsWith('x.GHE.com', '.ghe.com')", True),
        ("startsWith('/proofbot run', '/proofbot')", True),
        ("'it''s'", "it's"),
        ("true == 1", True),
        ("'' == null", True),
    ],
)
def test_expressions_come_to_what_github_says(text: str, value: object) -> None:
    """Else the stories would run steps that GitHub skips, and users would find what the stories did not."""
    assert evaluate(text, Scope(_CONTEXTS)) == value


@pytest.mark.parametrize(
    ("condition", "stand", "runs"),
    [
        (None, (False, False), True),
        (None, (True, False), False),
        (None, (False, True), False),
        ("inputs.on-draft == 'true'", (True, False), False),
        ("always()", (True, True), True),
        ("always() && steps.look.outputs.a-key == ''", (False, False), False),
        ("!cancelled() && steps.look.outputs.a-key != ''", (True, False), True),
        ("!cancelled()", (True, True), False),
        ("failure()", (True, False), True),
        ("${{ success() }}", (False, False), True),
    ],
)
def test_a_step_runs_when_github_would_run_it(condition: str | None, stand: tuple[bool, bool], runs: bool) -> None:  # noqa: FBT001
    """Else a story could clean up where a cancelled job on GitHub would not."""
    assert holds(condition, Scope(_CONTEXTS, *stand)) is runs


def test_texts_are_filled_as_github_fills_them() -> None:
    """Else an input would arrive in another form than in production."""
    assert fill(
        "n=${{ github.event.issue.number }} ${{ github.event.draft }} ${{ inputs.gone }}.", Scope(_CONTEXTS)
    ) == ("n=7 false .")


@pytest.mark.parametrize("text", ["nobody.knows", "hashFiles('x')", "'a' ==", "(1", "a b", "'a' + 'b'"])
def test_what_is_not_known_is_an_error(text: str) -> None:
    """Else a misspelt context in action.yml would pass for an empty text."""
    with pytest.raises(NotUnderstood):
        evaluate(text, Scope({"a": 1}))
