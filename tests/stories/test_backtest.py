"""The story of a team that tries its policy on the requests of last week."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.cli.options import request
from bot.run.backtest import Wanted, backtest
from tests.stories import repositories
from tests.stories.repositories import git, write
from tests.stories.test_verify import GIVEN

pytestmark = [pytest.mark.story, pytest.mark.once]

_FILES = {
    "models/orders.sql": "select id, id * 2 as amount from range(9) t(id)",
    ".proofbot.yml": "policy: standard\ncontrol: never\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A default branch with a merge that changes data, a commit that does not parse, and one of words only."""
    folder = repositories.start(tmp_path_factory.mktemp("backtest") / "shop", _FILES)
    repositories.request(folder, {"models/orders.sql": "select id, id * 3 as amount from range(9) t(id)"})
    git(folder, "switch", "-q", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "Merge the price rise", "request")
    for subject, name, text in (
        ("Break it (#2)", "models/broken.sql", "select * from {{ ref('nobody') }}"),
        ("Describe it (#3)", "README.md", "Orders."),
    ):
        write(folder, {name: text})
        repositories.commit(folder, subject)
    return folder


@pytest.fixture(scope="module")
def tried(shop: Path) -> tuple[dict[str, Any], str]:
    """The backtest of all of it, as JSON, and the log."""
    page, log = io.StringIO(), io.StringIO()
    code = backtest(
        request({**GIVEN, "project_dir": shop}),
        Wanted(last=20, as_json=True),
        Console(file=log, width=200),
        Console(file=page, width=200),
    )
    assert code == 0, log.getvalue()
    return json.loads(page.getvalue()), log.getvalue()


def test_each_merged_request_is_tried_and_errors_do_not_end_it(tried: tuple[dict[str, Any], str]) -> None:
    """A team would make a policy required without a look at what it would have done, or one old commit would end it."""
    told, log = tried
    assert [(one["subject"], one["status"]) for one in told["requests"]] == [
        ("Describe it (#3)", "success"),
        ("Break it (#2)", "failure"),
        ("Merge the price rise", "failure"),
    ]
    assert "3 of 3" in log
    assert "building" not in log
    assert (told["branch"], told["proven"], told["closed"]) == ("main", 3, 2)


def test_it_is_told_which_rule_and_which_preset_would_have_closed_the_gate(tried: tuple[dict[str, Any], str]) -> None:
    """Nobody could say which rule is too strict."""
    told, _ = tried
    assert {one["rule"]: one["requests"] for one in told["rules"]} == {
        "could not run: head does not parse": 1,
        "standard: changed": 1,
    }
    # What does not parse is open to nobody.
    assert told["presets"] == {"advisory": 1, "standard": 2, "strict": 2}
