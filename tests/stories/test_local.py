"""`proofbot run --forge local`: what Bitbucket, Azure DevOps, Jenkins and every other CI system get."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.stories.repositories import Ran, prove, request, start

pytestmark = [pytest.mark.story, pytest.mark.once]

_FILES = {"comment.md", "report.html", "report.json", "junit.xml", "codequality.json"}
_MODELS = {
    "models/orders.sql": "select 1 as id, 10 as amount",
    "models/totals.sql": "select * from {{ ref('orders') }}",
}


@dataclass(frozen=True)
class _Left:
    ran: Ran
    folder: Path

    @property
    def ends(self) -> dict[str, str]:
        """What each case of junit.xml ends as, by its name; empty where it passes."""
        cases = fromstring((self.folder / "junit.xml").read_bytes()).iter("testcase")
        return {str(case.get("name")): case[0].tag if len(case) else "" for case in cases}

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """The remarks of codequality.json: path and severity."""
        told = json.loads((self.folder / "codequality.json").read_text(encoding="utf-8"))
        return [(one["location"]["path"], one["severity"]) for one in told]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a request that changes a value."""
    shop = start(tmp_path_factory.mktemp("local") / "shop", _MODELS)
    request(shop, {"models/orders.sql": "select 1 as id, 11 as amount"})
    return shop


def _run(folder: Path, out: Path, *arguments: str) -> _Left:
    return _Left(prove(folder, "--forge", "local", *arguments, out=out), out)


def test_a_closed_gate_leaves_its_files(folder: Path, tmp_path: Path) -> None:
    """A user of another forge would have an exit code and nothing to look at."""
    left = _run(folder, tmp_path / "out", "--base", "main")
    assert left.ran.code == 1, left.ran.log
    assert {path.name for path in left.folder.iterdir()} == _FILES
    assert f"junit.xml and codequality.json are in {left.folder}" in " ".join(left.ran.page.split())
    ends = left.ends
    assert (ends["orders: values"], ends["orders: row_count"]) == ("failure", "")
    assert ends["totals: values"] == "failure"
    assert ("models/orders.sql", "critical") in left.remarks
    assert "models/totals.sql" not in {path for path, _ in left.remarks}, "orders explains it"
    page = (left.folder / "report.html").read_text(encoding="utf-8")
    assert "<h1>❌ Gate closed" in page
    for text in (page, left.ran.comment):
        assert "/proofbot" not in text
        assert "job summary" not in text
        assert "description of the pull request" not in text
        assert ".proofbot/expect.yml" in text


def test_a_run_that_fails_leaves_its_files(folder: Path, tmp_path: Path) -> None:
    """The step that publishes the results would fail for want of them, and hide what went wrong."""
    left = _run(folder, tmp_path / "out", "--base", "origin/mian")
    assert left.ran.code == 2, left.ran.log
    assert {path.name for path in left.folder.iterdir()} == _FILES
    assert left.ends == {"run": "error"}
    assert left.remarks == []
