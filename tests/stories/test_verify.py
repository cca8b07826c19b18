"""The story of a report that somebody wants to hold against the truth."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.cli.options import Given, request
from bot.core import evidence
from bot.errors import UsageError
from bot.run.verify import verify
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_KEY = "{{ config(meta={'proofbot': {'key': 'id'}}) }} "
_FILES = {
    "seeds/raw.csv": "id,amount\n" + "".join(f"{number},{number * 10}\n" for number in range(1, 60)),
    "models/staged.sql": f"{_KEY}select id, amount, id % 3 as part from {{{{ ref('raw') }}}}",
    "models/seen.sql": "{{ config(materialized='view') }} select * from {{ ref('staged') }}",
    "models/totals.sql": "select part, sum(amount) as total, current_timestamp as at from {{ ref('staged') }} "
    "group by 1",
    ".proofbot.yml": "control: never\n"
    "queries:\n  tops:\n    sql: select part, total from {{ ref('totals') }}\n    key: [part]\n",
}
_CHANGED: dict[str, str | None] = {
    "models/staged.sql": f"{_KEY}select id, amount + 1 as amount, id % 3 as part from {{{{ ref('raw') }}}} where id > 3"
}


GIVEN: Given = {
    "project_dir": None,
    "profiles_dir": None,
    "profile": None,
    "target": None,
    "variables": "",
    "config": None,
    "state": None,
    "verbose": False,
    "base": None,
    "head": None,
    "working_tree": False,
}


@dataclass(frozen=True)
class _Shop:
    folder: Path
    ran: Ran

    def verify(self, document: object) -> tuple[int, str, str]:
        """Verifies a report; exit code, page and log."""
        path = self.folder.parent / "told.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        done = subprocess.run(
            repositories.command("verify", str(path)),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> _Shop:
    """A request that was proven."""
    folder = repositories.start(tmp_path_factory.mktemp("verify") / "shop", _FILES)
    repositories.request(folder, _CHANGED)
    ran = repositories.prove(folder, "--base", "main", out=folder.parent / "out")
    assert ran.report["evidence"]["statements"], ran.log
    return _Shop(folder, ran)


def _edited(report: dict[str, Any], edit: Callable[[dict[str, Any]], None], *, sealed: bool = True) -> dict[str, Any]:
    """The report with an edit, its digest made anew."""
    document: dict[str, Any] = json.loads(json.dumps(report))
    edit(document)
    return {**document, "digest": evidence.digest(document)} if sealed else document


def _removed(document: dict[str, Any]) -> None:
    next(model for model in document["models"] if model["name"] == "staged")["rows"]["removed"] = 4


def test_a_report_tells_what_its_verdict_rests_on(shop: _Shop) -> None:
    """Nobody could say later what was asked, of which build, and what came back."""
    told = shop.ran.report["evidence"]
    built = [(one["name"], one["built"], one["kept"]) for one in told["environments"]]
    assert built[:2] == [("base", 4, 0), ("head", 3, 0)]
    assert told["environments"][1]["commit"] == shop.ran.report["run"]["head"]["commit"]
    assert set(told["versions"]) == {"proofbot", "dbt", "dbt-duckdb", "duckdb"}
    assert told["manifests"]["base"] != told["manifests"]["head"]
    assert told["configuration"] == evidence.of_text(_FILES[".proofbot.yml"])
    subjects = {one["subject"] for one in told["statements"]}
    assert subjects >= {"model.shop.staged", "model.shop.seen", "model.shop.totals", "query tops"}
    assert shop.ran.report["run"]["statements"] == len(told["statements"])
    assert shop.ran.report["digest"] == evidence.digest(shop.ran.report)


def test_a_true_report_holds_though_the_time_has_passed(shop: _Shop) -> None:
    """A replay that never holds tells nothing: what varies by itself must not make it fail."""
    code, page, log = shop.verify(shop.ran.report)
    assert code == 0, page + log
    lines = page.splitlines()
    assert lines[0].split() == ["holds", "digest:", shop.ran.report["digest"]]
    assert any(line.startswith("holds          staged: changed, rows 3 removed, 56 changed") for line in lines), page
    assert any(line.startswith("holds          verdict: ") for line in lines), page
    assert "environment base: 0 nodes built anew, 4 kept from before" in page
    assert lines[-1] == "all that matters holds"
    assert "does not hold" not in page


def test_a_number_that_somebody_has_changed_is_found(shop: _Shop) -> None:
    """A report would be worth no more than the word of whoever hands it in."""
    code, page, log = shop.verify(_edited(shop.ran.report, _removed, sealed=False))
    assert code == 1, page + log
    assert "it was changed" in page
    assert "building" not in log

    def forge(document: dict[str, Any]) -> None:
        _removed(document)
        document["evidence"]["statements"][0]["digest"] = "0" * 64

    code, page, log = shop.verify(_edited(shop.ran.report, forge))
    assert code == 1, page + log
    assert "does not hold  staged: rows removed 4, now 3" in page
    assert "000000000000, now" in page
    assert page.splitlines()[-1] == "the report does not hold"


def _strange(document: dict[str, Any]) -> None:
    document["run"]["head"]["commit"] = "0123456789" * 4


def _uncommitted(document: dict[str, Any]) -> None:
    document["run"]["head"]["working_tree"] = True


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_strange, "which this repository does not have"),
        (_uncommitted, "were not committed"),
        (lambda document: document.pop("models"), "not as the schema wants it"),
    ],
)
def test_what_cannot_be_made_anew_is_said(shop: _Shop, edit: Callable[[dict[str, Any]], None], words: str) -> None:
    """Somebody would be told that a report does not hold, where nobody could look."""
    path = shop.folder.parent / "edited.json"
    path.write_text(json.dumps(_edited(shop.ran.report, edit)), encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        verify(path, request({**GIVEN, "project_dir": shop.folder}), Console(), Console())


@pytest.mark.parametrize("text", ["[]", "no JSON", None])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str | None) -> None:
    """A wrong name on the command line would end in a page of Python."""
    path = tmp_path / "told.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        verify(path, request(GIVEN), Console(), Console())
