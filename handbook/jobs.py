"""The pages of the GitHub action and of the GitLab component, from their own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from handbook.tables import code, page, table

_Inputs = Mapping[str, Mapping[str, Any]]

_ACTION = """\
This page is made from [action.yml](../../action.yml). How the action is used is told in [GitHub](../github.md); whole
workflows lie in [examples/github](../../examples/github)."""
_COMPONENT = """\
This page is made from [its template](../../templates/proofbot/template.yml). How the component is used is told in
[GitLab](../gitlab.md); whole configurations lie in [examples/gitlab](../../examples/gitlab).

Where components can't be used, [a file](../../templates/proofbot.gitlab-ci.yml) is included instead; what are inputs
here are variables there."""


def action_text(action: Mapping[str, Any]) -> str:
    """The page of the action, as Markdown.

    Args:
        action: the content of action.yml.
    """
    outputs = ((code(name), str(one["description"])) for name, one in action["outputs"].items())
    return page(
        "GitHub action",
        _ACTION,
        "## Inputs",
        table(("Input", "Default", "What it says"), _inputs(action["inputs"])),
        "## Outputs",
        table(("Output", "What it says"), outputs),
    )


def component_text(head: Mapping[str, Any]) -> str:
    """The page of the component, as Markdown.

    Args:
        head: the first document of its template, which has its inputs.
    """
    return page(
        "GitLab component",
        _COMPONENT,
        "## Inputs",
        table(("Input", "Default", "What it says"), _inputs(head["spec"]["inputs"])),
    )


def _inputs(inputs: _Inputs) -> Iterator[tuple[str, str, str]]:
    for name, one in inputs.items():
        default = one.get("default", "")
        words = str(default).lower() if isinstance(default, bool) else str(default)
        yield code(name), code(words), str(one["description"])
