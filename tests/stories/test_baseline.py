"""The story of a project full of sins: what fails today is written down, and only what is new closes the gate."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.cli.options import request
from bot.domain import Policy, Preset, Report
from bot.errors import UsageError
from bot.run import prove
from bot.run.baseline import record
from bot.run.recording import Recorder
from tests.stories import repositories
from tests.stories.repositories import git, write
from tests.stories.test_verify import GIVEN

pytestmark = [pytest.mark.story, pytest.mark.once]

_FILES = {
    "models/orders.sql": "select * from (values (1, 5), (1, -5), (2, 7), (3, -1)) t(id, amount)",
    "models/people.sql": "select * from (values (1), (1)) t(id)",
    "models/schema.yml": "models:\n"
    "  - {name: orders, columns: [{name: id, data_tests: [unique]}, {name: amount, data_tests: [not_null]}]}\n"
    "  - {name: people, columns: [{name: id, data_tests: [unique]}]}\n",
    ".proofbot.yml": "policy: strict\ncontrol: never\nassertions:\n"
    "  no_debts: {sql: \"select * from {{ ref('orders') }} where amount < 0\"}\n"
    "  few: {sql: \"select * from {{ ref('orders') }} where amount > 100\"}\n",
}
_FILE = ".proofbot/baseline.json"


@dataclass(frozen=True)
class _Shop:
    folder: Path
    page: str

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What is known to fail."""
        found: list[dict[str, Any]] = json.loads((self.folder / _FILE).read_text(encoding="utf-8"))["known"]
        return found


def _record(folder: Path) -> tuple[int, str]:
    page, log = io.StringIO(), io.StringIO()
    code = record(
        request({**GIVEN, "project_dir": folder}), Console(file=log, width=200), Console(file=page, width=200)
    )
    return code, page.getvalue()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> _Shop:
    """A project whose sins are written down, on a branch of its own."""
    folder = repositories.start(tmp_path_factory.mktemp("baseline") / "shop", _FILES)
    code, page = _record(folder)
    assert code == 0, page
    repositories.commit(folder, "What fails today")
    return _Shop(folder, page)


def test_what_fails_today_is_written_down(shop: _Shop) -> None:
    """A project full of sins could never make its gate required."""
    told = [
        (one["kind"], one["model"].split(".")[-1], one["name"].split(".")[-2:][0], one["count"]) for one in shop.entries
    ]
    assert told == [
        ("assertion", "", "no_debts", 2),
        ("keys", "orders", "duplicate_keys of id", 1),
        ("keys", "orders", "duplicate_rows of id", 2),
        ("keys", "people", "duplicate_keys of id", 1),
        ("keys", "people", "duplicate_rows of id", 2),
        ("test", "orders", "unique_orders_id", 1),
        ("test", "people", "unique_people_id", 1),
    ]
    assert "new     test unique_orders_id of orders: 1" in shop.page
    assert "7 failures known, 7 new, 0 mended" in shop.page


def test_work_that_is_not_committed_is_not_overwritten(shop: _Shop, tmp_path: Path) -> None:
    """A note that somebody wrote into the file would be gone."""
    copy = shutil.copytree(shop.folder, tmp_path / "shop")
    write(copy, {_FILE: '{"version": 1, "known": []}'})
    with pytest.raises(UsageError, match="not committed"):
        _record(copy)
    write(copy, {".gitignore": ".proofbot\n"})
    git(copy, "rm", "-q", "--cached", "-f", _FILE)
    repositories.commit(copy, "Without")
    with pytest.raises(UsageError, match="not committed"):
        _record(copy)
    assert (copy / _FILE).read_text(encoding="utf-8") == '{"version": 1, "known": []}'


def _prove(folder: Path) -> tuple[Report, Report]:
    """A request as it is judged under `strict`, and as it would be without the baseline's knowledge."""
    recorder = Recorder()
    silence = Console(quiet=True)
    report = prove(request({**GIVEN, "project_dir": folder, "base": "main"}), silence, silence, recorder=recorder)
    judged = recorder.judge(Policy(preset=Preset.STRICT))
    assert report is not None
    assert judged is not None
    return report, judged


def test_what_is_known_warns_and_what_is_new_closes_the_gate(shop: _Shop) -> None:
    """Under a strict policy nobody could merge anything; or what was mended on the way could be broken again."""
    folder = shop.folder
    changed = {
        "models/orders.sql": "select * from (values (1, 5), (1, -5), (2, 7), (3, -1)) t(id, amount) order by 1",
        # One more row has a key that is known to be bad.
        "models/people.sql": "select * from (values (1), (1), (1)) t(id)",
        _FILE: "{}",
    }
    repositories.request(folder, changed)
    report, judged = _prove(folder)
    assert any("baseline.json` changed: the change takes effect after the merge" in one for one in report.notices)
    tests = {test.name: (test.grade.value, test.rule) for test in judged.tests}
    assert tests["unique_orders_id"] == ("warn", "strict: known")
    assert tests["unique_people_id"] == ("warn", "strict: known")  # one key fails, as before
    assert tests["not_null_orders_amount"][0] == "pass"
    models = {model.name: model for model in judged.models}
    keys = {name: next(one for one in model.findings if one.check == "keys") for name, model in models.items()}
    assert (keys["orders"].grade.value, keys["orders"].rule) == ("warn", "strict: known")
    assert (keys["people"].grade.value, keys["people"].rule) == ("fail", "strict: failed")
    assert (models["orders"].outcome.value, models["orders"].grade.value) == ("unchanged", "warn")
    named = {one.name: (one.finding.grade.value, one.rule) for one in judged.named}
    assert named == {"no_debts": ("warn", "strict: known"), "few": ("pass", named["few"][1])}
