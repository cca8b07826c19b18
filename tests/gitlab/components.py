"""What GitLab makes of the component: its inputs checked and put in, as text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.action.harness import ROOT

COMPONENT = ROOT / "templates" / "proofbot" / "template.yml"
PLAIN = ROOT / "templates" / "proofbot.gitlab-ci.yml"
# How a project that holds the component itself includes it. gitlab-ci-local knows no other without a network.
OURS = "$CI_SERVER_FQDN/$CI_PROJECT_PATH/proofbot@$CI_COMMIT_SHA"
_INPUT = re.compile(r"\$\[\[ inputs\.([a-z-]+) \]\]")
_EMPTY = re.compile(r"\|-\n +$", re.MULTILINE)
_PLAIN_HEAD = """\
# proofbot on GitLab, for those who include a file instead of the component. What it does and needs: docs/gitlab.md.
#
# It is the component with its inputs at their defaults. To change what all jobs share, or one of them, name it again in
# your .gitlab-ci.yml: GitLab merges both.
#
#   .proofbot:
#     image: registry.example.org/dbt-with-proofbot:1
#     variables:
#       PROOFBOT_PROJECT_DIR: transform/shop
#
# Written by `pytest tests/gitlab/test_plain_include.py --regenerate`.

"""


def header() -> Mapping[str, Any]:
    """The inputs of the component: their types, defaults and bounds."""
    spec: Mapping[str, Any] = next(iter(yaml.safe_load_all(COMPONENT.read_text(encoding="utf-8"))))
    inputs: Mapping[str, Any] = spec["spec"]["inputs"]
    return inputs


def interpolated(given: Mapping[str, object]) -> str:
    """The component's text with these inputs, as GitLab's TextTemplate makes it: texts as they are, all else as JSON.

    Raises:
        ValueError: an input is none, or not of its form.
    """
    inputs = header()
    if unknown := given.keys() - inputs.keys():
        raise ValueError(f"unknown inputs: {', '.join(unknown)}")
    values = {name: given.get(name, one["default"]) for name, one in inputs.items()}
    for name, value in values.items():
        _check(name, value, inputs[name])
    body = COMPONENT.read_text(encoding="utf-8").partition("\n---\n")[2]
    return _INPUT.sub(lambda found: _spell(values[found[1]]), body)


def jobs(given: Mapping[str, object]) -> dict[str, Any]:
    """The jobs of the component with these inputs."""
    found: dict[str, Any] = yaml.safe_load(interpolated(given))
    return found


def plain() -> str:
    """What the plain include has to be."""
    return _PLAIN_HEAD + _EMPTY.sub('""', interpolated({}))


def including(include: Mapping[str, object]) -> dict[str, str]:
    """The files of a project that holds both templates, and includes one as told."""
    return {
        "templates/proofbot/template.yml": COMPONENT.read_text(encoding="utf-8"),
        "templates/proofbot.gitlab-ci.yml": PLAIN.read_text(encoding="utf-8"),
        ".gitlab-ci.yml": yaml.safe_dump({"include": [include]}),
    }


def _check(name: str, value: object, spec: Mapping[str, Any]) -> None:
    expected = {"string": str, "boolean": bool}[spec.get("type", "string")]
    if type(value) is not expected:
        raise ValueError(f"{name}: {value!r} is no {expected.__name__}")
    # GitLab's expressions are RE2, where $ is the very end of a text; in Python it may stand before a line's end.
    if "regex" in spec and not re.search(spec["regex"].replace("$", r"\Z"), str(value)):
        raise ValueError(f"{name}: {value!r} is not as {spec['regex']}")


def _spell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
