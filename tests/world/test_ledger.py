"""The ledger: what is noted is found by the next process, until it is struck, whatever else lies beside it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.records import Record, RecordKind
from bot.errors import EnvironmentFailure
from bot.world import ledger
from bot.world.ledger import Ledger

_GATE = {"api_url": "https://api.github.com", "repository": "o/r", "context": "proofbot/shop", "run": "7.1"}

# Another process: notes a gate, says its id, lives until its stdin is closed or it is killed.
_OTHER = """
import sys
from pathlib import Path
from bot.domain.records import RecordKind
from bot.world import ledger
record = ledger.draw_up(RecordKind.GATE, "shop", 7, "a" * 40, {})
ledger.Ledger(Path(sys.argv[1])).note(record)
print(record.id, flush=True)
sys.stdin.read()
"""


def _gate(number: int | None = 7) -> Record:
    return ledger.draw_up(RecordKind.GATE, "shop", number, "a" * 40, _GATE)


def _files(home: Path) -> list[str]:
    return [path.name for path in (home / "records").iterdir()]


def _plant(home: Path, **changes: object) -> Path:
    """Writes a record as somebody else might have."""
    told: dict[str, object] = {
        "format": 1,
        "id": "0" * 32,
        "kind": "gate",
        "project": "shop",
        "number": 7,
        "commit": "a" * 40,
        "created_at": "2026-07-01T00:00:00+00:00",
        "what": {},
    }
    path = home / "records" / f"{'0' * 32}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({key: value for key, value in {**told, **changes}.items() if value != "(none)"}))
    return path


def test_what_is_noted_is_found_by_another_ledger(tmp_path: Path) -> None:
    """The cleaning step of a cancelled job would not know which gate is still pending."""
    gate, report = _gate(), ledger.draw_up(RecordKind.REPORT, "shop", None, "b" * 40, {"folder": "reports/shop-b"})
    for record in (gate, report):
        Ledger(tmp_path / "home").note(record)
    found = Ledger(tmp_path / "home").records()
    assert {record.id: record for record in found} == {gate.id: gate, report.id: report}


def test_a_record_says_when_it_was_made(tmp_path: Path) -> None:
    """`--older-than` would remove what is new, or keep everything."""
    Ledger(tmp_path).note(_gate())
    (found,) = Ledger(tmp_path).records()
    assert datetime.now(UTC) - datetime.fromisoformat(found.created_at) < timedelta(minutes=5)


def test_the_oldest_comes_first(tmp_path: Path) -> None:
    """Two statuses of one commit would be set in any order, and the last one counts."""
    times = ["2026-07-02T00:00:00+00:00", "2026-06-30T00:00:00+00:00", "2026-07-01T00:00:00+00:00"]
    for index, time in enumerate(times):
        Ledger(tmp_path).note(Record(f"{index:032x}", RecordKind.GATE, "shop", index, "a", time))
    assert [record.number for record in Ledger(tmp_path).records()] == [1, 2, 0]


def test_what_is_struck_is_gone_and_can_be_struck_again(tmp_path: Path) -> None:
    """A gate that was settled would be set to error by the cleaning step."""
    kept, struck = _gate(), _gate()
    Ledger(tmp_path).note(kept)
    Ledger(tmp_path).note(struck)
    Ledger(tmp_path).strike(struck.id)
    Ledger(tmp_path).strike(struck.id)
    assert Ledger(tmp_path).records() == (kept,)
    Ledger(tmp_path / "never made").strike(struck.id)


def test_nothing_noted_is_nothing_found(tmp_path: Path) -> None:
    """The first cleaning on a new machine would be a crash."""
    (tmp_path / "records").write_text("a file")
    for home in (tmp_path, tmp_path / "none"):
        assert Ledger(home).records() == ()
        assert Ledger(home).unreadable() == ()


@pytest.mark.parametrize("record_id", ["", "../../etc/passwd", "0" * 31, "0" * 32 + "/..", "A" * 32])
def test_an_id_names_no_other_file(tmp_path: Path, record_id: str) -> None:
    """A forged id would remove a file somewhere else."""
    with pytest.raises(ValueError, match="no id"):
        Ledger(tmp_path).strike(record_id)
    with pytest.raises(ValueError, match="no id"):
        Ledger(tmp_path).note(Record(record_id, RecordKind.GATE, "shop", 7, "a", "2026-07-01T00:00:00+00:00"))


def test_a_planted_record_is_read_as_ours(tmp_path: Path) -> None:
    """Without it the test below could pass because nothing planted is ever read."""
    path = _plant(tmp_path)
    assert [record.id for record in Ledger(tmp_path).records()] == [path.stem]
    assert Ledger(tmp_path).unreadable() == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"format": "(none)"},
        {"id": "1" * 32},
        {"kind": "continent"},
        {"number": "7"},
        {"number": True},
        {"project": None},
        {"commit": 7},
        {"created_at": "yesterday"},
        {"created_at": "2026-07-01T00:00:00"},
        {"created_at": "2026-07-01T00:00:00+02:00"},
        {"what": ["folder"]},
        {"what": {"folder": 7}},
        {"what": None},
        {"more": "words"},
        {"project": "(none)"},
    ],
)
def test_a_record_of_another_shape_is_named_and_left_alone(tmp_path: Path, changes: dict[str, object]) -> None:
    """What a later version wrote, or anybody else, would be guessed at, and removed after the guess."""
    path = _plant(tmp_path, **changes)
    assert Ledger(tmp_path).records() == ()
    assert Ledger(tmp_path).unreadable() == (path,)
    assert path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 60_000, b" " * 70_000 + b"{}"])
def test_a_torn_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """One torn file would stop every cleaning from then on."""
    Ledger(tmp_path).note(_gate())
    path = tmp_path / "records" / f"{'f' * 32}.json"
    path.write_bytes(content)
    assert len(Ledger(tmp_path).records()) == 1
    assert Ledger(tmp_path).unreadable() == (path,)
    assert path.read_bytes() == content


def test_a_link_is_no_record(tmp_path: Path) -> None:
    """A link to somebody's file would be read as a record of ours."""
    real = _plant(tmp_path / "other")
    (tmp_path / "records").mkdir()
    link = tmp_path / "records" / real.name
    link.symlink_to(real)
    assert Ledger(tmp_path).records() == ()
    assert Ledger(tmp_path).unreadable() == (link,)


def test_files_of_other_names_are_none_of_ours(tmp_path: Path) -> None:
    """Files of the user's in a folder `records` would be complained about at every run."""
    folder = tmp_path / "records"
    folder.mkdir()
    for name in ("bach.json", "0.json", f"{'0' * 32}.json.bak", f".{'0' * 32}.json.77"):
        (folder / name).write_text("{}")
    assert Ledger(tmp_path).records() == ()
    assert Ledger(tmp_path).unreadable() == ()


def test_many_write_and_strike_at_once(tmp_path: Path) -> None:
    """Two jobs of one machine would lose each other's gates."""

    def work(_: int) -> str:
        first, second = _gate(), _gate()
        for record in (first, second):
            Ledger(tmp_path).note(record)
        assert {record.id for record in Ledger(tmp_path).records()} >= {first.id, second.id}
        Ledger(tmp_path).strike(first.id)
        return second.id

    with ThreadPoolExecutor(8) as threads:
        left = set(threads.map(work, range(40)))
    assert {record.id for record in Ledger(tmp_path).records()} == left
    assert Ledger(tmp_path).unreadable() == ()
    assert len(_files(tmp_path)) == 40


def test_a_record_of_a_living_process_is_held_and_of_a_dead_one_is_not(tmp_path: Path) -> None:
    """Of two jobs of one run on one machine, the first to end would set the other's gate to error."""
    command = [sys.executable, "-c", _OTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (record,) = Ledger(tmp_path).records()
        assert Ledger(tmp_path).is_held(record)
        other.kill()
        other.wait()
    assert not Ledger(tmp_path).is_held(record)
    assert Ledger(tmp_path).records() == (record,)


def test_our_own_record_is_not_held_by_another(tmp_path: Path) -> None:
    """A run that ends in order could not settle its own gate."""
    record = _gate()
    Ledger(tmp_path).note(record)
    assert not Ledger(tmp_path).is_held(record)
    Ledger(tmp_path).strike(record.id)
    assert not Ledger(tmp_path).is_held(record)


def test_a_struck_record_leaves_no_open_file(tmp_path: Path) -> None:
    """A long-lived process would run out of files."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        record = _gate()
        Ledger(tmp_path).note(record)
        Ledger(tmp_path).strike(record.id)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_new_root_is_nobody_elses_business(tmp_path: Path) -> None:
    """Made by the ledger, the folder of databases and profiles would be readable by all."""
    Ledger(tmp_path / "home").note(_gate())
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_record_that_cannot_be_written_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    """A wrong PROOFBOT_CACHE_DIR would be a crash."""
    (tmp_path / "home").write_text("a file")
    with pytest.raises(EnvironmentFailure, match="could not be written") as caught:
        Ledger(tmp_path / "home").note(_gate())
    assert "PROOFBOT_CACHE_DIR" in caught.value.remedy
