"""Writing trees of the user's repository, which stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import EnvironmentFailure
from bot.world import git
from bot.world.git import Repository
from tests.world import gits
from tests.world.gits import commit

Write = Callable[[Repository, Path], Path]


def _write_head(repository: Repository, folder: Path) -> Path:
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    git.write_tree(repository, "HEAD", folder / "head" / "tree", scratch)
    return folder / "head" / "tree"


def _write_working_tree(repository: Repository, folder: Path) -> Path:
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    git.write_working_tree(repository, folder / "head" / "tree", scratch)
    return folder / "head" / "tree"


both = pytest.mark.parametrize("write", [_write_head, _write_working_tree])


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with a commit on `main`."""
    made = gits.start(tmp_path / "repository")
    commit(made, "first", a__sql="select 1", b__sql="select 2")
    return made


def _disturb(repository: Repository) -> None:
    """Leaves work of every kind in the checkout: staged, unstaged, both, untracked, deleted, stashed, odd names."""
    root = repository.root
    names = ["staged.sql", "unstaged.sql", "both.sql", "deleted.sql", "removed.sql", "gone.sql", "mode.sql"]
    commit(repository, "files", **{name.replace(".", "__"): "1" for name in names})
    (root / "a.sql").write_text("stashed")
    gits.run(root, "stash", "--quiet")
    (root / "staged.sql").write_text("2")
    (root / "both.sql").write_text("2")
    gits.run(root, "add", "staged.sql", "both.sql")
    (root / "both.sql").write_text("3")
    (root / "unstaged.sql").write_text("2")
    (root / "deleted.sql").unlink()
    gits.run(root, "rm", "--quiet", "removed.sql")
    gits.run(root, "rm", "--quiet", "--cached", "gone.sql")
    (root / "mode.sql").chmod(0o755)
    (root / ".gitignore").write_text("*.log\ntarget/\n")
    (root / "ignored.log").write_text("secret")
    (root / "target").mkdir()
    (root / "target" / "manifest.json").write_text("{}")
    (root / "new dir").mkdir()
    (root / "new dir" / 'it\'s "new"\n.sql').write_text("new")
    (root / os.fsdecode(b"caf\xe9.sql")).write_text("odd")
    (root / "link").symlink_to("a.sql")
    (root / "shop.duckdb").write_text("a database")
    (root / "shop.duckdb.wal").write_text("its log")


def test_the_working_tree_is_head_with_all_that_is_not_committed(repository: Repository, tmp_path: Path) -> None:
    """With --working-tree, something else than what the user sees would be proven."""
    _disturb(repository)
    tree = _write_working_tree(repository, tmp_path / "ours")
    assert gits.contents(tree) == {
        ".gitignore": b"*.log\ntarget/\n",
        "a.sql": b"select 1",
        "b.sql": b"select 2",
        "both.sql": b"3",
        "staged.sql": b"2",
        "unstaged.sql": b"2",
        "gone.sql": b"1",
        "mode.sql": b"1",
        'new dir/it\'s "new"\n.sql': b"new",
        os.fsdecode(b"caf\xe9.sql"): b"odd",
        "link": b"select 1",
    }
    assert (tree / "link").is_symlink()
    assert os.access(tree / "mode.sql", os.X_OK)


@both
def test_nothing_of_the_users_changes(repository: Repository, tmp_path: Path, write: Write) -> None:
    """The user's index, stash, branches or files would not be what they were before the run."""
    _disturb(repository)
    before = gits.everything(repository.root)
    write(repository, tmp_path / "ours")
    git.uncommitted(repository)
    assert gits.everything(repository.root) == before


@both
def test_a_split_index_stays_as_it_is(repository: Repository, tmp_path: Path, write: Write) -> None:
    """Large repositories keep their index in two files: each run would leave another one below .git."""
    commit(repository, "many", **{f"f{number}__sql": str(number) for number in range(40)})
    gits.run(repository.root, "config", "core.splitIndex", "true")
    gits.run(repository.root, "config", "splitIndex.maxPercentChange", "0")
    gits.run(repository.root, "update-index", "--split-index")
    (repository.root / "a.sql").write_text("changed")
    before = set(gits.everything(repository.root))
    tree = write(repository, tmp_path / "ours")
    assert set(gits.everything(repository.root)) == before
    assert (tree / "f39.sql").read_text() == "39"


@both
def test_submodules_are_left_alone(repository: Repository, tmp_path: Path, write: Write) -> None:
    """With `submodule.recurse`, the user's submodule would be moved into a folder of ours that is then removed."""
    module = gits.start(tmp_path / "module")
    commit(module, "module", inside__sql="1")
    gits.run(repository.root, "submodule", "--quiet", "add", f"file://{module.root}", "sub")
    commit(repository, "with a submodule")
    gits.run(repository.root, "config", "submodule.recurse", "true")
    before = gits.everything(repository.root)
    tree = write(repository, tmp_path / "ours")
    assert gits.everything(repository.root) == before
    assert list((tree / "sub").iterdir()) == []


@both
def test_what_a_partial_clone_fetches_goes_to_a_folder_of_ours(
    repository: Repository, tmp_path: Path, write: Write
) -> None:
    """A partial clone would grow below .git by each run."""
    gits.run(repository.root, "config", "uploadpack.allowFilter", "true")
    source = f"file://{repository.root}"
    gits.run(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", source, "partial")
    partial = git.find_repository(tmp_path / "partial")
    gits.run(partial.root, "reset", "--quiet")
    if write is _write_working_tree:
        (partial.root / "a.sql").write_text("select 1")
        (partial.root / "b.sql").write_text("changed")
    before = gits.everything(partial.root)
    tree = write(partial, tmp_path / "ours")
    assert gits.everything(partial.root) == before
    assert (tree / "a.sql").read_text() == "select 1"


@both
def test_a_linked_worktree_stays_as_it_is(repository: Repository, tmp_path: Path, write: Write) -> None:
    """In `git worktree` the index lies elsewhere: the user's would be used."""
    linked = tmp_path / "linked"
    gits.run(repository.root, "worktree", "add", "--quiet", str(linked))
    (linked / "a.sql").write_text("changed")
    before = gits.everything(repository.root), gits.everything(linked)
    tree = write(git.find_repository(linked), tmp_path / "ours")
    assert (gits.everything(repository.root), gits.everything(linked)) == before
    assert (tree / "a.sql").read_text() == ("changed" if write is _write_working_tree else "select 1")


@both
def test_hooks_do_not_run(repository: Repository, tmp_path: Path, write: Write) -> None:
    """A hook of the user's that acts on checkouts or changes of the index would act on ours."""
    for name in ("post-index-change", "post-checkout"):
        hook = repository.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
        hook.chmod(0o755)
    write(repository, tmp_path / "ours")
    assert not (tmp_path / "ran").exists()


@both
@pytest.mark.parametrize("name", ["with space", "co:lon", 'quo"te', "back\\slash", "line\nbreak"])
def test_the_repository_may_lie_anywhere(tmp_path: Path, name: str, write: Write) -> None:
    """A folder with an odd name would make git miss all objects."""
    repository = gits.start(tmp_path / name)
    commit(repository, "first", a__sql="1")
    assert gits.contents(write(repository, tmp_path / "ours")) == {"a.sql": b"1"}


@both
def test_sparse_checkouts_are_written_whole(repository: Repository, tmp_path: Path, write: Write) -> None:
    """Files that the user has not checked out would be removed models."""
    for name in ("dbt", "web"):
        (repository.root / name).mkdir()
        (repository.root / name / "x.sql").write_text(name)
    commit(repository, "folders")
    gits.run(repository.root, "sparse-checkout", "set", "dbt")
    assert not (repository.root / "web").exists()
    before = gits.everything(repository.root)
    tree = write(repository, tmp_path / "ours")
    assert (tree / "web" / "x.sql").read_text() == "web"
    assert gits.everything(repository.root) == before


def test_line_ends_and_filters_apply_as_in_a_checkout(repository: Repository, tmp_path: Path) -> None:
    """Seeds would differ from what dbt sees in the user's checkout, or be pointers of LFS."""
    gits.run(repository.root, "config", "filter.shout.smudge", "tr a-z A-Z")
    gits.run(repository.root, "config", "filter.shout.clean", "tr A-Z a-z")
    attributes = "*.txt text eol=crlf\n*.csv filter=shout\n"
    commit(repository, "filtered", **{".gitattributes": attributes, "x__txt": "a\nb\n", "y__csv": "a,b\n"})
    commit(repository, "no attributes any more", **{".gitattributes": ""})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for revision, expected in (("HEAD~1", (b"a\r\nb\r\n", b"A,B\n")), ("HEAD", (b"a\nb\n", b"a,b\n"))):
        tree = tmp_path / revision / "tree"
        git.write_tree(repository, revision, tree, scratch)
        assert ((tree / "x.txt").read_bytes(), (tree / "y.csv").read_bytes()) == expected, revision


def test_links_and_modes_are_kept(repository: Repository, tmp_path: Path) -> None:
    """Scripts and links of the project would not work in the twins."""
    (repository.root / "link").symlink_to("a.sql")
    (repository.root / "b.sql").chmod(0o755)
    commit(repository, "link")
    tree = _write_head(repository, tmp_path / "ours")
    assert (tree / "link").readlink() == Path("a.sql")
    assert os.access(tree / "b.sql", os.X_OK)


def test_both_sides_fit_into_one_scratch_folder(repository: Repository, tmp_path: Path) -> None:
    """The index of one side would be used for the other, and files be missing."""
    commit(repository, "second", a__sql="select 3", c__sql="new")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    git.write_tree(repository, "HEAD~1", tmp_path / "base" / "tree", scratch)
    git.write_tree(repository, "HEAD", tmp_path / "head" / "tree", scratch)
    assert gits.contents(tmp_path / "base" / "tree") == {"a.sql": b"select 1", "b.sql": b"select 2"}
    assert gits.contents(tmp_path / "head" / "tree") == {"a.sql": b"select 3", "b.sql": b"select 2", "c.sql": b"new"}


def test_a_change_within_the_tick_of_the_index_is_seen(repository: Repository, tmp_path: Path) -> None:
    """A file saved in the same instant as the index was written would be proven as it was before."""
    gits.run(repository.root, "config", "core.trustctime", "false")
    file, index = repository.root / "a.sql", repository.root / ".git" / "index"
    moment = 1_700_000_000_000_000_000
    os.utime(file, ns=(moment, moment))
    gits.run(repository.root, "add", "--renormalize", "a.sql")
    file.write_text("select 9")  # of the same length
    os.utime(file, ns=(moment, moment))
    os.utime(index, ns=(moment, moment))
    assert (_write_working_tree(repository, tmp_path / "ours") / "a.sql").read_text() == "select 9"


def test_a_repository_without_index_has_a_working_tree(repository: Repository, tmp_path: Path) -> None:
    """A checkout that was made by other means would be a crash."""
    (repository.root / ".git" / "index").unlink()
    assert (_write_working_tree(repository, tmp_path / "ours") / "a.sql").read_text() == "select 1"


def test_a_conflict_is_taken_as_it_lies_there(repository: Repository, tmp_path: Path) -> None:
    """In the middle of a merge, --working-tree would be a crash."""
    gits.run(repository.root, "checkout", "--quiet", "-b", "other")
    commit(repository, "theirs", a__sql="theirs")
    gits.run(repository.root, "checkout", "--quiet", "main")
    commit(repository, "ours", a__sql="ours")
    with pytest.raises(AssertionError):
        gits.run(repository.root, "merge", "other")
    before = gits.everything(repository.root)
    assert "<<<<<<<" in (_write_working_tree(repository, tmp_path / "ours") / "a.sql").read_text()
    assert gits.everything(repository.root) == before


@both
def test_pathspec_settings_of_the_caller_do_not_matter(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    """A variable in the user's shell would make databases part of the tree, or the call fail."""
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert (write(repository, tmp_path / "ours") / "a.sql").exists()


@both
def test_a_filter_that_fails_is_a_failure_with_a_remedy(repository: Repository, tmp_path: Path, write: Write) -> None:
    """Without git-lfs, pointers would be loaded as seeds."""
    commit(repository, "filtered", **{".gitattributes": "*.csv filter=broken\n", "y__csv": "a,b\n"})
    gits.run(repository.root, "config", "filter.broken.smudge", "false")
    gits.run(repository.root, "config", "filter.broken.clean", "false")
    gits.run(repository.root, "config", "filter.broken.required", "true")
    (repository.root / "y.csv").write_text("c,d\n")
    with pytest.raises(EnvironmentFailure, match="git could not") as caught:
        write(repository, tmp_path / "ours")
    assert caught.value.remedy


def test_a_working_tree_that_git_cannot_add_is_a_failure_with_a_remedy(repository: Repository, tmp_path: Path) -> None:
    """A folder that is a fresh git repository of its own would be a crash."""
    gits.start(repository.root / "inner")
    with pytest.raises(EnvironmentFailure, match="'inner/' does not have a commit checked out") as caught:
        _write_working_tree(repository, tmp_path / "ours")
    assert caught.value.remedy
