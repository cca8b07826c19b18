"""What a clone of CI lacks of the history, fetched with real git from a remote in another folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.world import git
from bot.world.git import Repository
from bot.world.history import History, Tip, Unreachable
from tests.world import gits
from tests.world.gits import commit

_REQUEST = "refs/merge-requests/7/head"


class _There:
    """A repository with a request that left `main` long ago, and `main` that went on."""

    def __init__(self, folder: Path) -> None:
        self.repository = gits.start(folder)
        commit(self.repository, "first", a__sql="1")
        self.base = commit(self.repository, "where it left", a__sql="2")
        gits.run(folder, "checkout", "--quiet", "-b", "feature")
        self.head = [commit(self.repository, f"feature {n}", b__sql=str(n)) for n in range(4)][-1]
        gits.run(folder, "checkout", "--quiet", "main")
        self.main = [commit(self.repository, f"main {n}", c__sql=str(n)) for n in range(4)][-1]
        gits.run(folder, "tag", "--annotate", "--message", "", "v1", self.base)
        gits.run(folder, "update-ref", _REQUEST, self.head)
        gits.run(folder, "branch", "--quiet", "-D", "feature")

    def clone(self, folder: Path, *, depth: int = 1) -> Repository:
        """What a runner of GitLab makes: one commit, not more than some before it, and no branch."""
        here = gits.start(folder)
        gits.run(folder, "remote", "add", "origin", self.repository.root.as_uri())
        depths = [f"--depth={depth}"] if depth else []
        gits.run(folder, "fetch", "--quiet", "--no-tags", *depths, "origin", _REQUEST)
        gits.run(folder, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return here


@pytest.fixture
def there(tmp_path: Path) -> _There:
    """The remote."""
    return _There(tmp_path / "there")


def _history(repository: Repository, log: list[str] | None = None) -> History:
    return History(repository, (log if log is not None else []).append)


def _merge_base(repository: Repository, base: str, head: str) -> str:
    return git.merge_base(repository, git.describe(repository, base), git.describe(repository, head)).commit


@pytest.mark.parametrize("depth", [0, 1, 2, 20])
def test_what_lies_between_two_commits_is_fetched(there: _There, tmp_path: Path, depth: int) -> None:
    """On GitLab, and on GitHub with its own defaults, each job would end with the advice to fetch more."""
    here = there.clone(tmp_path / "here", depth=depth)
    log: list[str] = []
    history = _history(here, log)
    base = history.tip("refs/heads/main")
    assert base == Tip(there.main, "refs/heads/main")
    history.bring(base)
    assert history.join(base, Tip(there.head, _REQUEST))
    assert _merge_base(here, there.main, there.head) == there.base
    assert log == ["what this clone lacks of the history is fetched from `origin`"]


def test_nothing_of_the_users_is_touched(there: _There, tmp_path: Path) -> None:
    """A later step of the job would find other branches, another index or other files than it had checked out."""
    here = there.clone(tmp_path / "here")
    gits.run(here.root, "config", "fetch.prune", "true")
    gits.run(here.root, "config", "remote.origin.tagOpt", "--tags")
    gits.run(here.root, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    gits.run(here.root, "update-ref", "refs/remotes/origin/gone", there.head)
    before = {name: told for name, told in gits.everything(here.root).items() if not _is_of_objects(name)}
    history = _history(here)
    history.bring(Tip(there.main, "refs/heads/main"))
    assert history.join(Tip(there.main), Tip(there.head))
    after = {name: told for name, told in gits.everything(here.root).items() if not _is_of_objects(name)}
    assert after == before


def _is_of_objects(name: str) -> bool:
    """Objects, where the clone ends, and the folder in which git puts and takes away its locks."""
    path = bytes.fromhex(name).decode()
    return path.startswith(".git/objects") or path in (".git/shallow", ".git")


def test_what_is_there_needs_no_remote(there: _There, tmp_path: Path) -> None:
    """A job with a full clone and no way to its remote, which worked, would fail."""
    here = there.clone(tmp_path / "here", depth=0)
    shutil.rmtree(there.repository.root)
    log: list[str] = []
    history = _history(here, log)
    history.bring(Tip(there.base))
    assert history.join(Tip(there.base), Tip(there.head))
    assert log == []


def test_a_common_ancestor_is_not_enough(tmp_path: Path) -> None:
    """A later merge base beyond the end of the clone would be missed, and what others merged be told as the
    request's."""
    root = tmp_path / "there"
    there = gits.start(root)
    old = commit(there, "old", a__sql="1")
    newer = [commit(there, f"main {n}", a__sql=str(n)) for n in range(2, 9)][-1]
    # Both branches have a short way to `old`, and a long one that passes `newer`.
    for branch in ("one", "two"):
        gits.run(root, "checkout", "--quiet", "-b", branch, old)
        commit(there, branch, **{f"{branch}__sql": "1"})
        gits.run(root, "checkout", "--quiet", "-b", f"{branch}-long", newer)
        for n in range(5):
            commit(there, f"{branch} {n}", **{f"{branch}{n}__sql": "1"})
        gits.run(root, "checkout", "--quiet", branch)
        gits.run(root, "merge", "--quiet", "--no-edit", f"{branch}-long")
    one, two = (gits.run(root, "rev-parse", branch) for branch in ("one", "two"))
    folder = tmp_path / "here"
    here = gits.start(folder)
    gits.run(folder, "remote", "add", "origin", root.as_uri())
    gits.run(folder, "fetch", "--quiet", "--depth=3", "origin", one, two)
    assert _merge_base(here, one, two) == old  # as far as is known
    assert _history(here).join(Tip(one), Tip(two))
    assert _merge_base(here, one, two) == newer


def test_a_server_that_hands_out_only_refs_is_asked_for_those(there: _There, tmp_path: Path) -> None:
    """With an old server nothing could be fetched that the runner has left out."""
    here = there.clone(tmp_path / "here")
    gits.run(here.root, "config", "protocol.version", "0")
    gits.run(there.repository.root, "config", "uploadpack.allowAnySHA1InWant", "false")
    gits.run(there.repository.root, "checkout", "--quiet", "main")
    target = commit(there.repository, "newer", d__sql="1")
    history = _history(here)
    with pytest.raises(Unreachable):
        history.bring(Tip(there.main))  # which no ref names any more
    history.bring(Tip(target, "refs/heads/main"))
    assert history.join(Tip(target, "refs/heads/main"), Tip(there.head, _REQUEST))
    assert _merge_base(here, target, there.head) == there.base


def test_names_are_found_at_the_remote(there: _There, tmp_path: Path) -> None:
    """Somebody who names a branch or a tag for a run by hand would be told that there is none."""
    history = _history(there.clone(tmp_path / "here"))
    assert history.tip("refs/heads/v1", "refs/tags/v1") == Tip(there.base, "refs/tags/v1")
    assert history.tip("refs/heads/nobody") is None
    assert history.default_branch() == "main"


def test_branches_without_a_common_commit_are_never_joined(there: _There, tmp_path: Path) -> None:
    """The job would ask for more history for ever."""
    gits.run(there.repository.root, "checkout", "--quiet", "--orphan", "other")
    other = commit(there.repository, "other", z__sql="1")
    here = there.clone(tmp_path / "here")
    history = _history(here)
    history.bring(Tip(other))
    assert not history.join(Tip(other), Tip(there.head))


def test_the_token_in_the_address_of_the_remote_is_not_told(there: _There, tmp_path: Path) -> None:
    """Everybody who may read the log, or the comment, would have the token of the job."""
    here = there.clone(tmp_path / "here")
    gits.run(here.root, "remote", "set-url", "origin", "http://gitlab-ci-token:glcbt-secret@127.0.0.1:1/shop.git")
    with pytest.raises(Unreachable) as caught:
        _history(here).bring(Tip(there.main))
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_remote_that_does_not_answer_is_given_up(there: _There, tmp_path: Path) -> None:
    """The job would wait until the runner kills it, and nobody would learn why."""
    here = there.clone(tmp_path / "here")
    gits.run(here.root, "config", "protocol.ext.allow", "always")
    gits.run(here.root, "remote", "set-url", "origin", "ext::sleep 60")
    with pytest.raises(Unreachable, match="took too long"):
        History(here, list[str]().append, seconds=0.2).bring(Tip(there.main))
