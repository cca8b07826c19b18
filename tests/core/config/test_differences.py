"""What a request changes in the configuration, as its notice tells it."""

from __future__ import annotations

import pytest

from bot.core import config


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("policy: standard", "policy: standard # as ever", ()),
        ("policy: standard", "policy: advisory", ("policy: standard -> advisory",)),
        ("policy: strict", "", ("policy: strict -> not set",)),
        ("", "control: never", ("control: not set -> never",)),
        ("policy: strict", "policy: {preset: strict}", ()),
        ("policy: strict", "policy: {preset: advisory}", ("policy: strict -> advisory",)),
        ("samples: 1", "samples: true", ("samples: 1 -> true",)),
        (
            "samples: 1\npolicy: {rules: [{changed: fail, checks: [values]}]}",
            "samples: 2\npolicy: {rules: [{changed: warn, checks: [values, keys]}]}",
            (
                "policy.rules[0].changed: fail -> warn",
                'policy.rules[0].checks: ["values"] -> ["values", "keys"]',
                "samples: 1 -> 2",
            ),
        ),
        (
            "models: [{select: a, checks: {values: true}}]",
            "models: [{select: a, checks: {values: false}}, {select: b}]",
            ("models[0].checks.values: true -> false", "models[1].select: not set -> b"),
        ),
    ],
)
def test_settings_that_differ_are_told_those_of_the_gate_first(before: str, after: str, told: tuple[str, ...]) -> None:
    """A request that opens the gate for all later ones would be merged among harmless words."""
    assert config.differences(before, after) == told


def test_what_is_told_is_bounded_and_one_line() -> None:
    """A fork could fill the comment, or move the cursor of a terminal, by a file that only has to be there."""
    many = "\n".join(f"key{number}: {'x' * 500}" for number in range(500))
    told = config.differences("", f'{many}\nbad: "a\\u001b[2J\\nb"')
    assert told[-1] == "and 489 more"
    assert len(told) == 13
    assert all(len(line) < 200 for line in told)
    (hostile,) = config.differences("", 'bad: "a\\u001b[2J\\nb"')
    assert hostile == r"bad: not set -> a\x1b[2J\nb"
