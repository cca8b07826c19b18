"""Cleaning up: what proofbot made goes, by its own records and names; everything else stays, whatever a record says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.records import Record, RecordKind
from bot.errors import UsageError
from bot.run.cleanup import CleanupWish, cleanup
from bot.world import ledger
from bot.world.ledger import Ledger

_DIGEST = "0123456789abcdef" * 4
_OLDER = CleanupWish(older_than="7d")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root of this test's own, below which other people have folders, too."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(folder))
    return folder


def _fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("precious")
    return folder


def _note(home: Path, kind: RecordKind, folder: str, days: int = 30, number: int | None = 7, **what: str) -> Record:
    made = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    record = ledger.draw_up(kind, "shop", number, "a" * 40, {"folder": folder, **what})
    record = Record(record.id, kind, "shop", number, "a" * 40, made, record.what)
    Ledger(home).note(record)
    return record


def _report(home: Path, name: str = "shop-0123456ab", days: int = 30, number: int | None = 7, **what: str) -> Path:
    _note(home, RecordKind.REPORT, f"reports/{name}", days, number, **what)
    return _fill(home / "reports" / name, "comment.md", "report.json")


def _origin(home: Path, days: int = 30, project: str = "shop-0123abcd", digest: str = _DIGEST) -> Path:
    folder = _fill(home / "origins" / project / digest, "state.json", "origin.duckdb")
    _age(folder, days)
    return folder


def _age(folder: Path, days: int = 30) -> None:
    then = time.time() - days * 86_400
    os.utime(folder, (then, then))


def _clean(wish: CleanupWish, code: int = 0) -> str:
    lines: list[str] = []
    assert cleanup(wish, lines.append) == code, lines
    return "\n".join(lines)


def _everything(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def test_the_report_of_a_closed_request_goes_with_its_record(home: Path) -> None:
    """The disk of a runner would fill up with the reports of all requests that ever were."""
    mine, theirs = _report(home), _report(home, "shop-fedcba987", number=8)
    words = _clean(CleanupWish(number=7))
    assert not mine.exists()
    assert (theirs / "report.json").exists()
    assert f"removed {mine}" in words
    assert [record.number for record in Ledger(home).records()] == [8]


def test_the_request_of_another_repository_keeps_its_report(home: Path) -> None:
    """On a shared runner, closing number 7 of one repository would remove the reports of another's number 7."""
    mine = _report(home, repository="o/r")
    theirs = _report(home, "shop-fedcba987", repository="o/other")
    with pytest.raises(UsageError, match="several repositories: o/other, o/r"):
        cleanup(CleanupWish(number=7), print)
    _clean(CleanupWish(number=7, repository="o/r"))
    assert not mine.exists()
    assert theirs.exists()


def test_what_is_old_goes_and_what_is_young_stays(home: Path) -> None:
    """A sweep would take what today's runs need, or nothing at all."""
    old, young = _report(home), _report(home, "shop-fedcba987", days=2)
    old_origin, young_origin = _origin(home), _origin(home, days=2, digest="f" * 64)
    words = _clean(_OLDER)
    assert [path.exists() for path in (old, young, old_origin, young_origin)] == [False, True, False, True]
    assert f"removed {old_origin}" in words
    assert str(young) not in words


def test_the_last_old_origin_goes_with_its_project(home: Path) -> None:
    """Projects that are long gone would leave a folder and a lock each."""
    _origin(home)
    _clean(_OLDER)
    assert _everything(home) == ["origins"]


def test_old_parses_go_and_other_files_stay(home: Path) -> None:
    """What dbt made of commits of long ago would stay for ever; or files of the user's would go."""
    folder = _fill(home / "parses" / "shop-0123abcd", f"{_DIGEST}.1.msgpack", f"{_DIGEST}.2.msgpack", "notes.msgpack")
    for name in (f"{_DIGEST}.1.msgpack", "notes.msgpack"):
        _age(folder / name)
    (folder / f"{_DIGEST}.3.msgpack").symlink_to(folder / "notes.msgpack")
    assert _clean(_OLDER) == f"removed {folder / _DIGEST}.1.msgpack"
    names = [f"{_DIGEST}.2.msgpack", f"{_DIGEST}.3.msgpack", "notes.msgpack"]
    assert sorted(path.name for path in folder.iterdir()) == names
    _age(folder / names[0])
    for name in names[1:]:
        (folder / name).unlink()
    _clean(_OLDER)
    assert _everything(home) == ["parses"]


def test_requests_share_origins(home: Path) -> None:
    """Closing one request would make the next run build everything anew."""
    folder = _origin(home)
    _clean(CleanupWish(number=7))
    assert folder.exists()


def test_a_dry_run_removes_nothing_and_says_what_would_go(home: Path) -> None:
    """Trying it out would be doing it."""
    report, origin = _report(home), _origin(home)
    dead = _fill(home / "runs" / "0123456789ab", "x")
    dead.with_name("0123456789ab.lock").write_text("")
    _note(home, RecordKind.GATE, "", context="proofbot/shop")
    before = _everything(home)
    words = _clean(CleanupWish(older_than="7d", dry_run=True))
    assert _everything(home) == before
    for folder in (report, origin, dead):
        assert f"would remove {folder}" in words
    assert "would forget the gate proofbot/shop" in words


def test_where_nothing_is_left_it_says_so(home: Path) -> None:
    """Whoever reads the log of the job that cleans up would not know whether it did anything."""
    assert _clean(CleanupWish(7)).strip() == "nothing to remove"
    _report(home)
    assert "nothing to remove" not in _clean(CleanupWish(7))


def test_a_dry_run_makes_nothing(home: Path) -> None:
    """Looking at an empty cache would fill it with folders."""
    assert _clean(CleanupWish(older_than="7d", dry_run=True)) == "nothing to remove"
    assert _everything(home) == []


def test_folders_of_dead_runs_go_in_any_case(home: Path) -> None:
    """A killed run's copies of databases would stay until the next run on that machine."""
    dead = _fill(home / "runs" / "0123456789ab", "copy.duckdb")
    dead.with_name("0123456789ab.lock").write_text("")
    assert f"removed {dead}" in _clean(CleanupWish(number=7))
    assert _everything(home) == ["runs"]


def test_an_old_gate_is_forgotten_and_said(home: Path) -> None:
    """A gate that a power cut left pending would be complained about for ever, or never be mentioned."""
    _note(home, RecordKind.GATE, "", context="proofbot/shop")
    assert "forgot the gate proofbot/shop on aaaaaaaaa" in _clean(_OLDER)
    assert Ledger(home).records() == ()


def test_a_report_that_is_gone_leaves_no_record(home: Path) -> None:
    """The ledger would grow with what people removed by hand."""
    _note(home, RecordKind.REPORT, "reports/shop-0123456ab")
    assert _clean(_OLDER) == "nothing to remove"
    assert Ledger(home).records() == ()


@pytest.mark.parametrize("kind", [RecordKind.REPORT, RecordKind.ORIGIN, RecordKind.RUN])
@pytest.mark.parametrize(
    "named",
    [
        "/",
        "{outside}",
        "{outside}/shop-0123456ab",
        "..",
        "../outside",
        "reports/../../outside",
        "reports/../outside-012345678",
        "reports/..",
        "reports",
        "reports/mine",
        "origins",
        "runs",
        "records",
        "experiments/shop-0123456ab",
        "",
        ".",
        "reports/x\x1b[31m-0123456ab/y",
    ],
)
def test_a_hostile_record_removes_nothing(home: Path, kind: RecordKind, named: str) -> None:
    """Whoever can write a record would have the runner delete any folder it may."""
    outside = _fill(home.parent / "outside", "thesis.doc")
    for inside in (outside / "shop-0123456ab", home / "reports" / "mine", home / "experiments" / "shop-0123456ab"):
        _fill(inside, "data.csv")
    record = _note(home, kind, named.format(outside=outside))
    before = _everything(home.parent)
    for wish in (CleanupWish(number=7), _OLDER):
        words = _clean(wish)
        assert "refused" in words
        assert "\x1b" not in words
    assert _everything(home.parent) == before
    assert Ledger(home).records() == (record,)


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (RecordKind.REPORT, "reports/shop-0123456ab"),
        (RecordKind.ORIGIN, f"origins/shop-0123abcd/{_DIGEST}"),
        (RecordKind.RUN, "runs/0123456789ab"),
    ],
)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_link_is_never_followed(home: Path, kind: RecordKind, named: str, depth: int) -> None:
    """A link named as our folders are, or one on the way to them, would have somebody's folder removed."""
    theirs = home.parent / "theirs"
    _fill(theirs / Path(*Path(named).parts[depth:]), "state.json", "thesis.doc")
    _age(theirs)
    link = home / Path(*Path(named).parts[:depth])
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(theirs)
    _note(home, kind, named)
    before = _everything(home.parent)
    assert "refused" in _clean(_OLDER)
    assert _everything(home.parent) == before


def test_what_a_report_links_to_stays(home: Path) -> None:
    """A link inside of a report's folder would take the folder it points to with it."""
    theirs = _fill(home.parent / "theirs", "thesis.doc")
    report = _report(home)
    (report / "link").symlink_to(theirs)
    _clean(_OLDER)
    assert not report.exists()
    assert (theirs / "thesis.doc").exists()


def test_folders_of_others_below_our_root_stay(home: Path) -> None:
    """With PROOFBOT_CACHE_DIR set to a folder that people use, their files would go."""
    for name in (
        "reports/shop-0123456ab",  # named like ours, but nobody noted it
        "origins/mine",
        f"origins/mine/{_DIGEST}",
        f"origins/shop-0123abcd/{_DIGEST[:-1]}",
        "origins/shop-0123abcd/notes",
        "runs/experiment 1",
        "runs/0123456789ab",
        "records/letters",
    ):
        _fill(home / name, "thesis.doc")
        _age(home / name)
    before = _everything(home)
    assert _clean(_OLDER) == "nothing to remove"
    assert _everything(home) == before


def test_an_origin_that_holds_more_than_an_origin_stays_and_is_said(home: Path) -> None:
    """A store of images by their digests, in a folder that happens to be called so, would be emptied."""
    folder = _origin(home)
    (folder / "layer.tar").write_text("precious")
    _age(folder)
    assert f"could not remove {folder}" in _clean(_OLDER, code=3)
    assert sorted(path.name for path in folder.iterdir()) == ["layer.tar", "origin.duckdb", "state.json"]


def test_a_record_that_cannot_be_read_is_said_and_stays(home: Path) -> None:
    """A torn record would stop the cleaning, or vanish with what it knew."""
    report = _report(home)
    torn = home / "records" / f"{'f' * 32}.json"
    torn.write_text("{")
    words = _clean(_OLDER)
    assert f"{torn} is no record" in words
    assert torn.exists()
    assert not report.exists()


def test_schemas_of_a_later_version_stay_and_are_said(home: Path) -> None:
    """A schema in a warehouse would be forgotten by a version that cannot remove it."""
    record = _note(home, RecordKind.SCHEMA, "", name="proofbot_7")
    assert "is left alone" in _clean(_OLDER)
    assert Ledger(home).records() == (record,)


# Another run: notes its report and lives until its stdin is closed.
_OTHER = """
import sys
from pathlib import Path
from bot.domain.records import RecordKind
from bot.world import ledger
what = {"folder": "reports/shop-0123456ab"}
ledger.Ledger(Path(sys.argv[1])).note(ledger.draw_up(RecordKind.REPORT, "shop", 7, "a" * 40, what))
print("noted", flush=True)
sys.stdin.read()
"""


def test_what_a_living_run_made_stays(home: Path) -> None:
    """Closing a request while its last run is under way would pull the report from under it."""
    report = _fill(home / "reports" / "shop-0123456ab", "report.json")
    command = [sys.executable, "-c", _OTHER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        _clean(CleanupWish(number=7))
        assert report.exists()
        assert len(Ledger(home).records()) == 1
        other.communicate()
    _clean(CleanupWish(number=7))
    assert not report.exists()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (CleanupWish(), "nothing is said"),
        (CleanupWish(number=7, older_than="7d"), "exclude each other"),
        (CleanupWish(older_than="soon"), "is no age"),
        (CleanupWish(older_than=""), "is no age"),
    ],
)
def test_a_wish_that_says_too_little_or_too_much_is_refused(home: Path, wish: CleanupWish, words: str) -> None:
    """An empty option of a workflow would remove everything, or silently nothing."""
    report = _report(home)
    with pytest.raises(UsageError, match=words):
        cleanup(wish, print)
    assert report.exists()
