"""The folders of a run: there while it lives, gone afterwards, and nobody else's."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from bot.domain import Side
from bot.errors import EnvironmentFailure
from bot.world import git, workspace
from bot.world.workspace import Workspace
from tests.world import gits

# A run of its own: says where its folder is, and lives until its stdin is closed or it is killed.
_RUN = """
import sys
from pathlib import Path, PurePosixPath
from bot.world.workspace import Workspace
with Workspace(Path(sys.argv[1])) as run:
    (run.scratch / "work").write_text("in progress")
    print(run.folder, flush=True)
    sys.stdin.read()
"""


def _start(home: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def _files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def test_a_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """The user's cache folder would fill up with copies of the project and its database."""
    with Workspace(tmp_path / "home") as run:
        (run.scratch / "file").write_text("x")
        assert run.folder.is_dir()
    assert _files(tmp_path / "home") == ["runs"]


def test_a_run_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """After an error the disk would keep what it wrote."""
    with contextlib.suppress(KeyboardInterrupt), Workspace(tmp_path / "home") as run:
        (run.scratch / "file").write_text("x")
        raise KeyboardInterrupt
    assert _files(tmp_path / "home") == ["runs"]


def test_what_is_linked_from_a_workspace_stays(tmp_path: Path) -> None:
    """A link of the project to a folder of the user's would take that folder with it."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "data.csv").write_text("x")
    with Workspace(tmp_path / "home") as run:
        (run.folder / "link").symlink_to(kept)
    assert (kept / "data.csv").read_text() == "x"


def test_the_dead_are_removed_and_the_living_are_not(tmp_path: Path) -> None:
    """A second run on the same machine would pull the files from under the first; or killed runs pile up for ever."""
    home = tmp_path / "home"
    living, living_folder = _start(home)
    killed, killed_folder = _start(home)
    try:
        killed.kill()
        killed.wait()
        assert (killed_folder / "scratch" / "work").exists()
        with Workspace(home):
            assert not killed_folder.exists()
            assert (living_folder / "scratch" / "work").read_text() == "in progress"
        assert _files(home) == [
            "runs",
            f"runs/{living_folder.name}",
            f"runs/{living_folder.name}.lock",
            f"runs/{living_folder.name}/.gitignore",
            f"runs/{living_folder.name}/scratch",
            f"runs/{living_folder.name}/scratch/work",
        ]
    finally:
        assert living.stdin is not None
        living.stdin.close()
        assert living.wait() == 0
    assert _files(home) == ["runs"]


def test_many_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Jobs of one CI machine would fail or lose their files now and then."""
    started = [_start(tmp_path / "home") for _ in range(4)]
    for process, folder in started:
        assert (folder / "scratch" / "work").exists()
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait() for process, _ in started] == [0, 0, 0, 0]
    assert _files(tmp_path / "home") == ["runs"]


def test_folders_of_the_user_are_not_swept(tmp_path: Path) -> None:
    """With PROOFBOT_CACHE_DIR set to a folder of the user's that has a `runs`, its content would be deleted."""
    theirs = tmp_path / "runs" / "experiment 1"
    theirs.mkdir(parents=True)
    (theirs / "result.csv").write_text("precious")
    with Workspace(tmp_path):
        pass
    assert (theirs / "result.csv").read_text() == "precious"


def test_folders_of_the_user_are_not_swept_whatever_their_name(tmp_path: Path) -> None:
    """A folder of the user's, or a link to one, that is named by twelve hexadecimal digits would be deleted."""
    theirs, behind = tmp_path / "runs" / "0123456789ab", tmp_path / "elsewhere"
    for folder in (theirs, behind):
        folder.mkdir(parents=True)
        (folder / "result.csv").write_text("precious")
    (tmp_path / "runs" / "ba9876543210").symlink_to(behind)
    (tmp_path / "runs" / "ba9876543210.lock").write_text("")
    assert workspace.dead_runs(tmp_path) == workspace.sweep(tmp_path) == ()
    assert [(folder / "result.csv").read_text() for folder in (theirs, behind)] == ["precious"] * 2


def test_a_marked_folder_without_its_lock_is_swept(tmp_path: Path) -> None:
    """What a killed run left would stay for ever where a cleaner took the empty lock file away."""
    killed, folder = _start(tmp_path)
    killed.kill()
    killed.communicate()
    folder.with_name(f"{folder.name}.lock").unlink()
    assert workspace.dead_runs(tmp_path) == workspace.sweep(tmp_path) == (folder,)
    assert _files(tmp_path) == ["runs"]


def test_a_workspace_is_nobody_elses_business(tmp_path: Path) -> None:
    """On a shared machine others could read the copy of the database, and passwords in the profile."""
    with Workspace(tmp_path / "home") as run:
        for folder in (run.folder, tmp_path / "home"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_workspace_inside_of_the_checkout_is_not_part_of_it(tmp_path: Path) -> None:
    """In CI that caches folders of the checkout only, proofbot would compare its own files, or fail to add them."""
    repository = gits.start(tmp_path / "repository")
    gits.commit(repository, "first", a__sql="select 1")
    with Workspace(repository.root / ".proofbot") as run:
        (run.scratch / "x.sql").write_text("")
        git.write_working_tree(repository, run.side(Side.HEAD, PurePosixPath()).tree, run.scratch)
        names = gits.contents(run.folder / "head" / "tree")
        assert [name for name in names if name.endswith(".sql")] == ["a.sql"]
        assert [name for _, name in git.uncommitted(repository) if name.endswith(".sql")] == []


def test_the_folders_of_the_twins_are_apart(tmp_path: Path) -> None:
    """One side would overwrite the other's database or artifacts."""
    with Workspace(tmp_path) as run:
        base, head = (run.side(side, PurePosixPath("dbt/shop")) for side in Side)
        assert base.project == base.tree / "dbt" / "shop"
        assert all(folder.is_dir() for folder in (base.profiles, base.target, base.logs))
        assert not base.tree.exists()
        paths = [(side.tree, side.project, side.profiles, side.target, side.logs) for side in (base, head)]
        assert not set(paths[0]) & set(paths[1])
        assert all(path.is_relative_to(run.folder) for side in paths for path in side)
        assert [run.folder_of(side) / "tree" for side in Side] == [base.tree, head.tree]


def test_a_folder_that_cannot_be_made_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    """A wrong PROOFBOT_CACHE_DIR would be a crash."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="could not be written") as caught, Workspace(tmp_path / "file"):
        pass
    assert "PROOFBOT_CACHE_DIR" in caught.value.remedy


def test_a_run_that_cannot_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    """A full disk would collect lock files of runs that never were."""
    run = Workspace(tmp_path / "home")
    run.scratch = tmp_path / "home" / "no such folder" / "scratch"
    with pytest.raises(EnvironmentFailure), run:
        pass
    assert _files(tmp_path / "home") == ["runs"]


def test_the_root_is_where_the_user_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files would go to a disk that is full, or to a home that cannot be written."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PROOFBOT_CACHE_DIR", raising=False)
    assert workspace.root() == tmp_path / "user" / ".cache" / "proofbot"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert workspace.root() == tmp_path / "cache" / "proofbot"
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "named"))
    assert workspace.root() == tmp_path / "named"


def test_a_copy_is_equal_and_apart(tmp_path: Path) -> None:
    """The twin's database would be torn, or be the user's own."""
    source, copy = tmp_path / "source", tmp_path / "deep" / "copy"
    source.write_bytes(os.urandom(3 << 20))
    workspace.copy_file(source, copy)
    assert copy.read_bytes() == source.read_bytes()
    copy.write_bytes(b"changed")
    assert source.stat().st_size == 3 << 20


def test_a_copy_replaces_what_was_there(tmp_path: Path) -> None:
    """The rest of a longer file would stay behind the copy."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"short")
    copy.write_bytes(b"much longer")
    workspace.copy_file(source, copy)
    assert copy.read_bytes() == b"short"


def test_a_copy_that_fails_is_a_failure_with_a_remedy_and_leaves_nothing(tmp_path: Path) -> None:
    """Half a database would be taken for a whole one."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.mkdir()
    with pytest.raises(EnvironmentFailure, match="could not be written"):
        workspace.copy_file(source, copy)
    assert not copy.exists()


def test_a_full_disk_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    """A full disk would be a crash, or half a file."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"x" * 100_000)
    copy.symlink_to("/dev/full")
    with pytest.raises(EnvironmentFailure, match="No space left") as caught:
        workspace.copy_file(source, copy)
    assert "Make room" in caught.value.remedy
    assert not copy.is_symlink()
    assert Path("/dev/full").exists()


def test_a_text_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A reader of report.json would meet half of it."""
    path = tmp_path / "out" / "report.json"
    workspace.write_text(path, "first")
    workspace.write_text(path, "zweite Ü")
    assert path.read_text(encoding="utf-8") == "zweite Ü"
    with pytest.raises(UnicodeEncodeError):
        workspace.write_text(path, "torn \udce9")
    assert path.read_text(encoding="utf-8") == "zweite Ü"
    assert list(path.parent.iterdir()) == [path]


def test_a_text_that_cannot_be_written_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    """A folder that --out cannot be would be a crash."""
    (tmp_path / "out").write_text("a file")
    with pytest.raises(EnvironmentFailure, match="could not be written"):
        workspace.write_text(tmp_path / "out" / "report.json", "x")
