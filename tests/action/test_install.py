"""The installing path, for real: pip makes two environments, and what they make together is a proof."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.action.harness import ROOT
from tests.action.runs import End
from tests.action.stage import Stage, started
from tests.stories.shop import HARMLESS

# Another DuckDB than that of proofbot's own constraints, as a user would have it.
_DUCKDB = "1.4.5"


def _pinned(*names: str) -> str:
    text = (ROOT / "constraints" / "current.txt").read_text(encoding="utf-8")
    return "".join(f"{line}\n" for line in text.splitlines() if re.split("==", line)[0].lower() in names)


def _versions(environment: Path) -> Mapping[str, str]:
    words = "import importlib.metadata as m; [print(d.name.lower(), d.version) for d in m.distributions()]"
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-I", "-c", words], capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def test_proofbot_and_dbt_are_installed_apart_and_work_together(cold_stage: Stage) -> None:
    """The first thing that a new user does would fail, or proofbot would move what their lock file pins."""
    cold_stage.merge_to_main(
        {"requirements.txt": f"duckdb=={_DUCKDB}\n" + _pinned("dbt-core", "dbt-adapters", "dbt-common")}
    )
    head = cold_stage.open(changes=HARMLESS)
    inputs = {"dbt-adapter": "dbt-duckdb==1.11.*\ndbt-postgres", "requirements": "requirements.txt"}
    event = cold_stage.request_event("opened")
    end: End = started(cold_stage.run("pull-request.yml", event, inputs=inputs))

    assert end.conclusion == "success", end.log
    assert cold_stage.states(head) == ["pending", "success"]
    assert f"DuckDB {_DUCKDB}" in cold_stage.bodies()[0]
    home = cold_stage.machine(event).temp / "proofbot"
    dbt, bot = _versions(home / "dbt"), _versions(home / "bot")
    assert (dbt["duckdb"], bot["duckdb"]) == (_DUCKDB, _DUCKDB)
    assert ("proofbot" in dbt, "dbt-core" in bot) == (False, False)
    drivers = ("psycopg-binary", "snowflake-connector-python")
    assert [driver in bot for driver in drivers] == [True, False]  # by which it asks what dbt builds
    pinned = dict(line.split("==") for line in _pinned("click", "pygithub").splitlines())
    assert {name.lower(): version for name, version in pinned.items()}.items() <= bot.items()
    assert end.step("Set up Python").outcome == "skipped"  # the job's own will do
    assert [kept.key.partition("-1-")[0] for kept in cold_stage.services.cache] == ["proofbot-packages"]
