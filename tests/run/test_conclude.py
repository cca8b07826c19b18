"""The step that always runs: a gate that a killed run left pending gets its last word, once, and only that gate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from bot.domain import CommitStatus, GateState, Place, RunId
from bot.domain.records import Record, RecordKind
from bot.run.conclude import conclude
from bot.world import ledger
from bot.world.forges.contract import Forge, ForgeError, Refused, Unavailable, Withheld
from bot.world.ledger import Ledger

_PLACE = Place("https://github.com", "https://api.github.com", "o/r", RunId(7712, 2), "https://github.com/o/r/7712")
_WHAT = {"api_url": "https://api.github.com", "repository": "o/r", "run": "7712.2", "context": "proofbot/shop"}
_COMMIT = "a" * 40


class _Forge:
    """A forge that takes statuses, or raises what it is told to raise."""

    def __init__(self, failure: ForgeError | None = None) -> None:
        self.statuses: list[tuple[str, CommitStatus]] = []
        self._failure = failure

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Takes a status."""
        if self._failure:
            raise self._failure
        self.statuses.append((commit, status))


def _note(home: Path, **changes: str) -> Record:
    record = ledger.draw_up(RecordKind.GATE, "shop", 7, _COMMIT, {**_WHAT, **changes})
    Ledger(home).note(record)
    return record


def _conclude(home: Path, forge: _Forge | None) -> str:
    lines: list[str] = []
    assert conclude(cast("Forge | None", forge), _PLACE, home, lines.append) == 0
    return "\n".join(lines)


def test_a_gate_that_never_could_be_set_is_forgotten(tmp_path: Path) -> None:
    """A job without a token would complain once more with each step, of what was told when it began."""
    _note(tmp_path)
    assert _conclude(tmp_path, _Forge(Withheld("no token"))) == ""
    assert Ledger(tmp_path).records() == ()


def test_an_open_gate_becomes_an_error_once(tmp_path: Path) -> None:
    """A request whose run was killed would wait for its gate for ever; or a later success would be overwritten."""
    _note(tmp_path)
    forge = _Forge()
    words = _conclude(tmp_path, forge)
    _conclude(tmp_path, forge)
    said = "the run was stopped before it could finish"
    assert forge.statuses == [(_COMMIT, CommitStatus("proofbot/shop", GateState.ERROR, said, _PLACE.run_url))]
    assert "proofbot/shop on aaaaaaaaa was set to error" in words


def test_every_gate_of_the_run_is_settled(tmp_path: Path) -> None:
    """Of two projects of a monorepo one gate would stay pending."""
    for context in ("proofbot/shop", "proofbot/finance"):
        _note(tmp_path, context=context)
    forge = _Forge()
    _conclude(tmp_path, forge)
    assert {status.context for _, status in forge.statuses} == {"proofbot/shop", "proofbot/finance"}


def test_a_gate_that_was_settled_stays_so(tmp_path: Path) -> None:
    """After every good run the gate would become an error."""
    Ledger(tmp_path).strike(_note(tmp_path).id)
    forge = _Forge()
    assert _conclude(tmp_path, forge) == ""
    assert forge.statuses == []


@pytest.mark.parametrize("changes", [{"run": "7712.1"}, {"repository": "o/other"}, {"context": "ci/deploy"}])
def test_gates_of_others_stay_as_they_are(tmp_path: Path, changes: dict[str, str]) -> None:
    """The gate of another run, or of another tool, would be set to error."""
    record = _note(tmp_path, **changes)
    forge = _Forge()
    _conclude(tmp_path, forge)
    assert forge.statuses == []
    assert Ledger(tmp_path).records() == (record,)


@pytest.mark.parametrize("failure", [Refused("403"), Unavailable("timeout")])
def test_a_gate_that_could_not_be_set_stays_on_record(tmp_path: Path, failure: ForgeError) -> None:
    """A forge that is down for a minute would leave the gate pending, and nobody would know."""
    record = _note(tmp_path)
    assert f"could not be set to error: {failure}" in _conclude(tmp_path, _Forge(failure))
    assert Ledger(tmp_path).records() == (record,)
    forge = _Forge()
    _conclude(tmp_path, forge)
    assert len(forge.statuses) == 1


def test_without_a_token_the_gate_is_said_to_be_pending(tmp_path: Path) -> None:
    """A fork's job would be a crash at its end."""
    record = _note(tmp_path)
    assert "without a token nobody can settle it" in _conclude(tmp_path, None)
    assert Ledger(tmp_path).records() == (record,)


# Another job of the same run, on the same machine: its gate is pending while it lives.
_JOB = """
import json, sys
from pathlib import Path
from bot.domain.records import RecordKind
from bot.world import ledger
record = ledger.draw_up(RecordKind.GATE, "finance", 7, "a" * 40, json.loads(sys.argv[2]))
ledger.Ledger(Path(sys.argv[1])).note(record)
print("noted", flush=True)
sys.stdin.read()
"""


def test_the_gate_of_a_job_that_lives_is_left_to_it(tmp_path: Path) -> None:
    """Of two jobs of one run on one machine, the first to end would set the other's gate to error."""
    command = [sys.executable, "-c", _JOB, str(tmp_path), json.dumps(_WHAT)]
    forge = _Forge()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        job.stdout.readline()
        _conclude(tmp_path, forge)
        assert forge.statuses == []
        job.kill()
        job.wait()
    _conclude(tmp_path, forge)
    assert len(forge.statuses) == 1


def test_folders_of_killed_runs_go(tmp_path: Path) -> None:
    """A cancelled job would leave copies of databases on the runner."""
    folder = tmp_path / "runs" / "0123456789ab"
    (folder / "base").mkdir(parents=True)
    folder.with_name("0123456789ab.lock").write_text("")
    assert f"removed {folder}" in _conclude(tmp_path, _Forge())
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_torn_record_is_said_and_does_not_stop_the_others(tmp_path: Path) -> None:
    """One torn file would leave every gate pending."""
    _note(tmp_path)
    torn = tmp_path / "records" / f"{'f' * 32}.json"
    torn.write_text("{")
    forge = _Forge()
    assert f"{torn} is no record" in _conclude(tmp_path, forge)
    assert len(forge.statuses) == 1
    assert torn.exists()
