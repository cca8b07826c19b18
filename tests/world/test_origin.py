"""Origins kept between runs: whole or not at all, also where several runs share them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain import NodeResult
from bot.errors import EnvironmentFailure
from bot.world import origin
from bot.world.origin import Contents

CONTENTS = Contents(
    nodes={"model.shop.a": NodeResult("model.shop.a", "success", "OK", 1.5)},
    tests={"test.shop.t": NodeResult("test.shop.t", "fail", "Got 2 results", 0.1, 2)},
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file that stands for a database."""
    path = tmp_path / "built.duckdb"
    path.write_bytes(b"built")
    return path


def _folder(home: Path, digest: str = "d1") -> Path:
    return home / "origins" / "shop" / digest


def test_what_was_kept_is_taken(tmp_path: Path, database: Path) -> None:
    """Every run would build the merge base anew."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    database.write_bytes(b"changed since")
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin" / "shop.duckdb") == CONTENTS
    assert (tmp_path / "twin" / "shop.duckdb").read_bytes() == b"built"


@pytest.mark.parametrize(("project", "digest"), [("shop", "d2"), ("other", "d1")])
def test_what_was_kept_for_another_is_not_taken(tmp_path: Path, database: Path, project: str, digest: str) -> None:
    """A build of other code, or of another project, would pass for the merge base."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    assert origin.take(tmp_path, project, digest, tmp_path / "twin") == Contents()
    assert not (tmp_path / "twin").exists()


def test_the_later_one_replaces_the_earlier(tmp_path: Path, database: Path) -> None:
    """An origin would not grow with what later requests need."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    database.write_bytes(b"more")
    more = Contents({**CONTENTS.nodes, "model.shop.b": NodeResult("model.shop.b", "success")})
    origin.keep(tmp_path, "shop", "d1", database, more)
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin") == more
    assert (tmp_path / "twin").read_bytes() == b"more"


@pytest.mark.parametrize(
    "state",
    ["", "{", "[]", "null", "{}", '{"nodes": [], "tests": [{}]}', '{"nodes": [{"id": 1}], "tests": []}', None],
)
def test_half_an_origin_is_none(tmp_path: Path, database: Path, state: str | None) -> None:
    """What a killed run or another version left would end each later run, or pass for a whole origin."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    path = _folder(tmp_path) / "state.json"
    path.unlink()
    if state is not None:
        path.write_text(state)
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin") == Contents()
    assert not (tmp_path / "twin").exists()


def test_an_origin_without_its_database_is_none(tmp_path: Path, database: Path) -> None:
    """A cleaner that removes large files would end each later run, until the cache is removed by hand."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    (_folder(tmp_path) / "origin.duckdb").unlink()
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin") == Contents()
    assert not (tmp_path / "twin").exists()
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin") == CONTENTS


def test_a_full_disk_while_taking_is_no_missing_origin(tmp_path: Path, database: Path) -> None:
    """A build would begin on a disk that cannot hold it."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    (tmp_path / "twin").symlink_to("/dev/full")
    with pytest.raises(EnvironmentFailure, match="No space left"):
        origin.take(tmp_path, "shop", "d1", tmp_path / "twin")


def test_what_cannot_be_kept_whole_is_not_kept(tmp_path: Path) -> None:
    """After a full disk, half an origin would pass for a whole one."""
    with pytest.raises(EnvironmentFailure):
        origin.keep(tmp_path, "shop", "d1", tmp_path / "no such file", CONTENTS)
    assert not _folder(tmp_path).exists()
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin") == Contents()


def test_a_failing_replacement_does_not_leave_the_old_state_with_a_new_database(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results of one build would be told of another."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)

    monkeypatch.setattr(json, "dumps", lambda _state: "not to be encoded: \udce9")
    with pytest.raises(UnicodeEncodeError):
        origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin") == Contents()


def test_the_least_recently_used_go(tmp_path: Path, database: Path) -> None:
    """The cache would grow without end, or lose what is used every day."""
    for number in range(5):
        origin.keep(tmp_path, "shop", f"d{number}", database, CONTENTS)
        os.utime(_folder(tmp_path, f"d{number}"), (1000 + number, 1000 + number))
    origin.take(tmp_path, "shop", "d0", tmp_path / "twin")
    origin.keep(tmp_path, "shop", "new", database, CONTENTS)
    kept = sorted(path.name for path in _folder(tmp_path).parent.iterdir() if path.is_dir())
    assert kept == ["d0", "d2", "d3", "d4", "new"]


def test_other_projects_keep_theirs(tmp_path: Path, database: Path) -> None:
    """A busy project would push out the origins of all others."""
    origin.keep(tmp_path, "other", "d1", database, CONTENTS)
    for number in range(7):
        origin.keep(tmp_path, "shop", f"d{number}", database, CONTENTS)
    assert origin.take(tmp_path, "other", "d1", tmp_path / "twin") == CONTENTS


def test_pruning_bears_with_others_that_prune(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has built everything would end in a failure, because another one tidied up in the same moment."""
    for number in range(3):
        origin.keep(tmp_path, "shop", f"d{number}", database, CONTENTS)
    listed = Path.is_dir

    def vanish(path: Path) -> bool:
        there = listed(path)
        if path.name == "d1":
            shutil.rmtree(path, ignore_errors=True)
        return there

    monkeypatch.setattr(Path, "is_dir", vanish)
    origin.keep(tmp_path, "shop", "d9", database, CONTENTS)
    monkeypatch.undo()
    assert origin.take(tmp_path, "shop", "d9", tmp_path / "twin") == CONTENTS


# Keeps and takes the same origin over and over. The size of the database tells which state belongs to it.
_BUSY = """
import sys
from pathlib import Path
from bot.domain import NodeResult
from bot.world import origin
home, me = Path(sys.argv[1]), sys.argv[2]
built, twin = home / f"{me}.built", home / f"{me}.twin"
for turn in range(40):
    size = 1 + 50_000 * (turn % 5) + int(me)
    built.write_bytes(b"x" * size)
    origin.keep(home, "shop", f"d{turn % 7}", built, origin.Contents({"n": NodeResult("n", str(size))}))
    found = origin.take(home, "shop", f"d{(turn + int(me)) % 7}", twin)
    if found.nodes:
        assert twin.stat().st_size == int(found.nodes["n"].status), (twin.stat().st_size, found)
    else:
        assert not twin.exists()
    twin.unlink(missing_ok=True)
    if turn % 5 == 0:
        assert origin.discard(home / "origins" / "shop" / f"d{turn % 7}")
"""


def test_runs_at_the_same_time_share_origins(tmp_path: Path) -> None:
    """Two jobs of one machine would get half of each other's origins, or end in a failure."""
    running = [
        subprocess.Popen([sys.executable, "-c", _BUSY, str(tmp_path), str(number)], stderr=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in running]
    assert ended == [("", 0)] * 3


def test_a_discarded_origin_leaves_nothing_behind(tmp_path: Path, database: Path) -> None:
    """A machine that lives for years would collect a lock file for every commit."""
    for digest in ("d1", "d2"):
        origin.keep(tmp_path, "shop", digest, database, CONTENTS)
    assert origin.discard(_folder(tmp_path))
    assert sorted(path.name for path in _folder(tmp_path).parent.iterdir()) == ["d2", "d2.lock"]
    assert origin.discard(_folder(tmp_path))
    assert origin.discard(_folder(tmp_path, "d2"))
    assert list((tmp_path / "origins").iterdir()) == []


def test_what_is_pruned_leaves_no_lock(tmp_path: Path, database: Path) -> None:
    """The same, where nobody ever cleans up."""
    for number in range(8):
        origin.keep(tmp_path, "shop", f"d{number}", database, CONTENTS)
    assert len(list(_folder(tmp_path).parent.iterdir())) == 2 * 5


def test_a_folder_that_holds_more_than_an_origin_is_not_discarded(tmp_path: Path, database: Path) -> None:
    """Files of the user's in a folder named by a digest would be deleted."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    (_folder(tmp_path) / "notes.txt").write_text("precious")
    assert not origin.discard(_folder(tmp_path))
    assert len(list(_folder(tmp_path).iterdir())) == 3


def test_a_kept_state_is_plain_json(tmp_path: Path, database: Path) -> None:
    """What is kept could not be read by people who look for an error."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    state = json.loads((_folder(tmp_path) / "state.json").read_text())
    assert [entry["unique_id"] for entry in state["nodes"]] == ["model.shop.a"]


def test_what_varies_is_remembered_with_the_origin(tmp_path: Path, database: Path) -> None:
    """Every push would build a control anew to learn that a time stamp is one."""
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    assert origin.recall(tmp_path, "shop", "d1") == {}
    origin.remember(tmp_path, "shop", "d1", {"model.shop.a": {"loaded_at": "current_timestamp"}})
    origin.remember(tmp_path, "shop", "d1", {"model.shop.a": {"token": ""}, "model.shop.b": {"x": "uuid"}})
    known = {"model.shop.a": {"loaded_at": "current_timestamp", "token": ""}, "model.shop.b": {"x": "uuid"}}
    assert origin.recall(tmp_path, "shop", "d1") == known
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)  # it grew
    assert origin.recall(tmp_path, "shop", "d1") == known
    assert origin.take(tmp_path, "shop", "d1", tmp_path / "twin.duckdb") == CONTENTS


def test_nothing_is_remembered_of_an_origin_that_is_not_kept(tmp_path: Path, database: Path) -> None:
    """A memory without its origin would be believed of another one."""
    origin.remember(tmp_path, "shop", "d1", {"model.shop.a": {"loaded_at": ""}})
    assert origin.recall(tmp_path, "shop", "d1") == {}
    origin.keep(tmp_path, "shop", "d1", database, CONTENTS)
    (_folder(tmp_path) / "state.json").write_text("not json", encoding="utf-8")
    origin.remember(tmp_path, "shop", "d1", {"model.shop.a": {"loaded_at": ""}})
    assert origin.recall(tmp_path, "shop", "d1") == {}
