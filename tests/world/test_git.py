"""Reading the user's git repository: revisions, merge bases, what is not committed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain import Revision
from bot.errors import EnvironmentFailure, UsageError
from bot.world import git
from bot.world.git import Repository
from tests.world import gits
from tests.world.gits import commit


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with two commits on `main`."""
    made = gits.start(tmp_path / "repository")
    commit(made, "first", a__sql="select 1")
    commit(made, "second", a__sql="select 2")
    return made


def test_a_folder_deep_inside_is_found(repository: Repository) -> None:
    """Someone who stands in the folder of the dbt project would be told that there is no repository."""
    deep = repository.root / "dbt" / "models"
    deep.mkdir(parents=True)
    assert git.find_repository(deep) == Repository(repository.root, repository.root / ".git" / "objects")


def test_a_folder_outside_of_git_is_refused(tmp_path: Path) -> None:
    """The user would see a crash instead of a remedy."""
    with pytest.raises(UsageError, match="not in a git repository") as caught:
        git.find_repository(tmp_path)
    assert "--project-dir" in caught.value.remedy


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    """A mistyped --project-dir would be reported as git not being installed."""
    named = tmp_path / "named"
    if kind == "file":
        named.write_text("")
    with pytest.raises(UsageError, match="is not a folder"):
        git.find_repository(named)


def test_without_git_the_remedy_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing git would be a crash."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFailure, match="git is not installed"):
        git.find_repository(tmp_path)


def test_a_repository_of_another_owner_gets_its_own_remedy(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container the user would be told that there is no repository, or to trust the wrong folder."""
    deep = repository.root / "dbt"
    deep.mkdir()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match="does not trust") as caught:
        git.find_repository(deep)
    assert caught.value.remedy == f"Run `git config --global --add safe.directory '{repository.root}'`, if you do."


def test_variables_of_a_hook_do_not_redirect(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from a git hook, proofbot would look at, or write to, the repository that the hook is about."""
    other = gits.start(tmp_path / "other")
    commit(other, "elsewhere", b__sql="")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    assert git.find_repository(repository.root).root == repository.root
    assert git.describe(repository, "HEAD").subject == "second"


def test_a_linked_worktree_is_a_repository(repository: Repository, tmp_path: Path) -> None:
    """Someone who works in `git worktree` could not use proofbot."""
    linked = tmp_path / "linked"
    gits.run(repository.root, "worktree", "add", "--quiet", str(linked))
    found = git.find_repository(linked)
    assert (found.root, found.objects) == (linked, repository.root / ".git" / "objects")


def test_revisions_of_every_kind_are_described(repository: Repository) -> None:
    """A tag, a short hash or a relative name could not be compared."""
    head = gits.run(repository.root, "rev-parse", "HEAD")
    gits.run(repository.root, "tag", "--annotate", "v1", "--message", "x")
    for name in ("main", "v1", head, head[:8], "HEAD@{0}", "HEAD^{/second}"):
        assert git.describe(repository, name) == Revision(head, name, "second"), name
    assert git.describe(repository, "HEAD") == Revision(head, "main", "second")
    gits.run(repository.root, "checkout", "--quiet", "--detach")
    assert git.describe(repository, "HEAD") == Revision(head, "HEAD", "second")
    assert git.describe(repository, "HEAD~1").subject == "first"


@pytest.mark.parametrize("name", ["nowhere", "--all", "-1", "", "HEAD:a.sql", "HEAD~7", "a b", "x\ny"])
def test_an_unknown_revision_is_refused(repository: Repository, name: str) -> None:
    """A typo would be a crash, or an option of git."""
    with pytest.raises(UsageError, match="does not exist") as caught:
        git.describe(repository, name)
    assert "shallow" not in caught.value.remedy


def test_a_subject_with_any_bytes_can_be_written_down(repository: Repository) -> None:
    """One commit message in an old encoding would end every run when the report is written."""
    gits.run(repository.root, "config", "i18n.commitEncoding", "unheard-of")
    message = repository.root.parent / "message"
    message.write_bytes(b"caf\xe9 \x80\n\nbody")
    gits.run(repository.root, "commit", "--quiet", "--allow-empty", "--file", str(message))
    assert git.describe(repository, "HEAD").subject == "caf\ufffd \ufffd"


def test_a_subject_is_told_in_utf8_whatever_git_is_set_to(repository: Repository) -> None:
    """Settings of the user's git would garble the subject, or put signatures into it."""
    commit(repository, "grün")
    gits.run(repository.root, "config", "i18n.logOutputEncoding", "ISO-8859-1")
    gits.run(repository.root, "config", "log.showSignature", "true")
    assert git.describe(repository, "HEAD").subject == "grün"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/Owner/Shop", "github.com/owner/shop"),
        ("https://github.com/owner/shop.git/", "github.com/owner/shop"),
        ("https://x-access-token:secret@github.com/owner/shop.git", "github.com/owner/shop"),
        ("git@github.com:owner/shop.git", "github.com/owner/shop"),
        ("ssh://git@ssh.example.org:2222/group/sub/shop.git", "ssh.example.org:2222/group/sub/shop"),
        ("git+ssh://git@example.org/shop", "example.org/shop"),
        ("/srv/git/shop.git", None),
        ("../shop", None),
        ("file:///srv/git/shop.git", None),
        ("", None),
    ],
)
def test_the_remote_is_spelled_in_one_way(repository: Repository, url: str, address: str | None) -> None:
    """Two jobs of one repository would not find each other's origins; or a token would be part of a name."""
    gits.run(repository.root, "config", "remote.origin.url", url)
    assert git.origin_address(repository) == address


def test_without_a_remote_there_is_no_address(repository: Repository) -> None:
    """A repository that was never pushed would be a crash."""
    assert git.origin_address(repository) is None


def test_the_default_branch_is_the_remotes(repository: Repository, tmp_path: Path) -> None:
    """A project whose default branch is called otherwise would be compared with the wrong branch."""
    gits.run(repository.root, "branch", "--move", "main", "trunk")
    gits.run(tmp_path, "clone", "--quiet", str(repository.root), "clone")
    clone = git.find_repository(tmp_path / "clone")
    gits.run(clone.root, "branch", "main")
    assert git.default_branch(clone) == "origin/trunk"


@pytest.mark.parametrize(
    ("branches", "expected"),
    [(["main", "master"], "main"), (["master"], "master"), (["master", "origin/master"], "origin/master")],
)
def test_without_a_remote_head_the_usual_names_are_tried(tmp_path: Path, branches: list[str], expected: str) -> None:
    """A repository without `origin/HEAD`, as CI makes them, would always need --base."""
    repository = gits.start(tmp_path / "repository")
    head = commit(repository, "first")
    gits.run(repository.root, "checkout", "--quiet", "--detach")
    gits.run(repository.root, "branch", "--delete", "--force", "main")
    for name in branches:
        place = f"refs/remotes/{name}" if name.startswith("origin/") else f"refs/heads/{name}"
        gits.run(repository.root, "update-ref", place, head)
    assert git.default_branch(repository) == expected


def test_a_default_branch_nobody_can_tell_is_asked_for(tmp_path: Path) -> None:
    """The user would not learn that --base helps."""
    repository = gits.start(tmp_path / "repository")
    commit(repository, "first")
    gits.run(repository.root, "branch", "--move", "trunk")
    with pytest.raises(UsageError, match="default branch") as caught:
        git.default_branch(repository)
    assert "--base" in caught.value.remedy


def test_the_merge_base_is_where_head_left(repository: Repository) -> None:
    """What the default branch gained meanwhile would be put down to the request."""
    left = gits.run(repository.root, "rev-parse", "HEAD")
    gits.run(repository.root, "checkout", "--quiet", "-b", "feature")
    commit(repository, "feature", b__sql="")
    gits.run(repository.root, "checkout", "--quiet", "main")
    commit(repository, "meanwhile", c__sql="")
    base = git.merge_base(repository, git.describe(repository, "main"), git.describe(repository, "feature"))
    assert base == Revision(left, "main", "second")


def test_no_common_history_is_said(repository: Repository) -> None:
    """Two histories without a common commit would be a crash."""
    gits.run(repository.root, "checkout", "--quiet", "--orphan", "other")
    commit(repository, "other")
    with pytest.raises(UsageError, match="main and other have no commit in common"):
        git.merge_base(repository, git.describe(repository, "main"), git.describe(repository, "other"))


def _shallow(repository: Repository, folder: Path) -> Repository:
    """A clone as CI makes them: the last commit of two branches, without history."""
    gits.run(repository.root, "checkout", "--quiet", "-b", "feature")
    commit(repository, "feature", b__sql="")
    gits.run(repository.root, "checkout", "--quiet", "main")
    commit(repository, "meanwhile", c__sql="")
    gits.run(folder, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repository.root}", "shallow")
    return git.find_repository(folder / "shallow")


def test_a_shallow_clone_without_the_merge_base_is_told_how_to_get_it(repository: Repository, tmp_path: Path) -> None:
    """In CI, where clones are shallow by default, the user would be told that the branches are unrelated."""
    shallow = _shallow(repository, tmp_path)
    base, head = git.describe(shallow, "origin/main"), git.describe(shallow, "origin/feature")
    with pytest.raises(EnvironmentFailure, match="shallow") as caught:
        git.merge_base(shallow, base, head)
    assert "fetch-depth: 0" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_an_unknown_revision_in_a_shallow_clone_may_just_be_missing(repository: Repository, tmp_path: Path) -> None:
    """The user would look for a typo in a name that is right."""
    with pytest.raises(UsageError) as caught:
        git.describe(_shallow(repository, tmp_path), "origin/main~1")
    assert "git fetch --unshallow" in caught.value.remedy


STRANGE = ["with space.sql", 'quo"te.sql', "it's.sql", "line\nbreak.sql", "carriage\rreturn.sql", "tab\t.sql", "ü.sql"]
NOT_UTF8 = os.fsdecode(b"caf\xe9.sql")


def test_uncommitted_work_of_every_kind_is_seen(repository: Repository) -> None:
    """Work that is not committed would be left out of the comparison without a word."""
    commit(repository, "third", staged__sql="1", unstaged__sql="1", deleted__sql="1", moved__sql="1", gone__sql="1")
    root = repository.root
    (root / ".gitignore").write_text("*.log\n")
    (root / "staged.sql").write_text("2")
    gits.run(root, "add", "staged.sql")
    (root / "unstaged.sql").write_text("2")
    (root / "deleted.sql").unlink()
    gits.run(root, "mv", "moved.sql", "there.sql")
    gits.run(root, "rm", "--quiet", "--cached", "gone.sql")
    (root / "new").mkdir()
    (root / "new" / "deep.sql").write_text("")
    (root / "ignored.log").write_text("")
    gits.run(root, "config", "status.showUntrackedFiles", "no")
    gits.run(root, "config", "status.branch", "true")
    assert sorted(git.uncommitted(repository)) == [
        (" D", "deleted.sql"),
        (" M", "unstaged.sql"),
        ("??", ".gitignore"),
        ("??", "gone.sql"),
        ("??", "new/deep.sql"),
        ("A ", "there.sql"),
        ("D ", "gone.sql"),
        ("D ", "moved.sql"),
        ("M ", "staged.sql"),
    ]


def test_a_clean_repository_has_no_uncommitted_work(repository: Repository) -> None:
    """Every run would be refused."""
    assert git.uncommitted(repository) == ()


def test_strange_names_survive(repository: Repository) -> None:
    """A file with an odd name would be missed, or be taken for two."""
    names = sorted([*STRANGE, NOT_UTF8])
    for name in names:
        (repository.root / name).write_text(name, errors="surrogateescape")
    assert sorted(git.uncommitted(repository)) == [("??", name) for name in names]
    head = commit(repository, "odd")
    assert sorted(git.files(repository, head)) == sorted([*names, "a.sql"])


def test_files_are_named_from_the_root(repository: Repository) -> None:
    """Projects in sub-folders would not be found."""
    (repository.root / "dbt").mkdir()
    (repository.root / "dbt" / "dbt_project.yml").write_text("name: x")
    head = commit(repository, "project")
    assert git.files(repository, head) == ("a.sql", "dbt/dbt_project.yml")
    assert git.files(repository, "HEAD~1") == ("a.sql",)


def test_the_last_commits_of_a_branch_are_told_with_their_parents(repository: Repository) -> None:
    """A backtest would try commits of a branch one by one that were merged at once, or leave requests out."""
    start = git.describe(repository, "HEAD").commit
    gits.run(repository.root, "switch", "--quiet", "-c", "feature")
    commit(repository, "first step", f__sql="1")
    feature = commit(repository, "second step", f__sql="2")
    gits.run(repository.root, "switch", "--quiet", "-")
    plain = commit(repository, "squashed", p__sql="1")
    gits.run(repository.root, "merge", "--quiet", "--no-ff", "-m", "Merge feature", "feature")
    main = git.describe(repository, "HEAD")
    told = git.merges(repository, main, 2)
    assert [(revision.subject, parents) for revision, parents in told] == [
        ("Merge feature", (plain, feature)),
        ("squashed", (start,)),
    ]
    assert told[0][0].commit == main.commit
    everything = git.merges(repository, main, 100)
    assert all(parents for _, parents in everything)
    assert git.changed_files(repository, plain, main.commit) == ("f.sql",)
    assert git.changed_files(repository, main.commit, main.commit) == ()
    with pytest.raises(EnvironmentFailure):
        git.changed_files(repository, "0" * 40, main.commit)
