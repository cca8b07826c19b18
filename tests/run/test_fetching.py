"""What a CI job's clone lacks: which commits are compared, and what is said where they cannot be had."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.domain import ForgeKind, Place, RunId
from bot.errors import EnvironmentFailure
from bot.run.fetching import Whose, complete
from bot.run.stage import Request
from tests.run.test_ci import request
from tests.world import gits

_PLACE = Place("https://forge.example", "https://api.forge.example", "acme/shop", RunId(9), "https://forge.example/r/9")
_GITLAB = replace(_PLACE, forge=ForgeKind.GITLAB)
_GITHUB = _PLACE
_OURS = Whose(7)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets git read no settings but the repository's own."""
    for name, value in gits.SETTINGS.items():
        monkeypatch.setenv(name, value)


@dataclass(frozen=True)
class _Scene:
    """A request that left `main`, whose tip went on twice, and a clone of the request's last commit."""

    there: Path
    here: Path
    left_at: str
    main: str
    head: str
    log: list[str]

    def complete(self, place: Place = _GITLAB, whose: Whose = _OURS, **asked: str | None) -> Request:
        wanted = {"head": self.head, "head_name": "feature", "base": self.left_at, "base_name": "main", **asked}
        return complete(replace(request(self.here), **wanted), place, whose, self.log.append)  # type: ignore[arg-type]


@pytest.fixture
def scene(tmp_path: Path) -> _Scene:
    """The scene."""
    there, here = tmp_path / "there", tmp_path / "here"
    repository = gits.start(there)
    left_at = gits.commit(repository, "first", a__sql="1")
    gits.run(there, "checkout", "--quiet", "-b", "feature")
    head = [gits.commit(repository, f"feature {n}", b__sql=str(n)) for n in range(3)][-1]
    gits.run(there, "checkout", "--quiet", "main")
    main = [gits.commit(repository, f"main {n}", c__sql=str(n)) for n in range(2)][-1]
    gits.start(here)
    gits.run(here, "remote", "add", "origin", there.as_uri())
    gits.run(here, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", head)
    gits.run(here, "checkout", "--quiet", "--detach", head)
    return _Scene(there, here, left_at, main, head, [])


def test_a_merge_request_is_compared_with_its_target_of_now(scene: _Scene) -> None:
    """Once its target has been changed, what GitLab tells a job of it is stale, and the wrong commits are compared."""
    found = scene.complete()
    assert (found.base, found.base_name) == (scene.main, "main")
    assert (found.head, found.head_name) == (scene.head, "feature")
    assert gits.run(scene.here, "merge-base", scene.main, scene.head) == scene.left_at


@pytest.mark.parametrize(
    ("place", "whose"), [(_GITLAB, Whose(7, is_foreign=True)), (_GITLAB, Whose()), (_GITHUB, Whose(7))]
)
def test_elsewhere_the_base_is_the_one_that_the_job_is_told(scene: _Scene, place: Place, whose: Whose) -> None:
    """A fork's own `main` may be years old; GitHub and a queue say exactly what they mean."""
    assert scene.complete(place, whose).base == scene.left_at
    assert gits.run(scene.here, "merge-base", scene.left_at, scene.head) == scene.left_at


def test_a_request_that_is_merged_already_is_compared_with_where_it_was(scene: _Scene) -> None:
    """A pipeline that is run again after the merge would say that nothing changed."""
    gits.run(scene.there, "merge", "--quiet", "--no-edit", "feature")
    assert scene.complete().base == scene.left_at


def test_a_target_that_is_gone_leaves_what_the_job_is_told(scene: _Scene) -> None:
    """A request whose target was deleted could not be proven any more."""
    gits.run(scene.there, "checkout", "--quiet", "--detach")
    gits.run(scene.there, "branch", "--quiet", "-D", "main")
    assert scene.complete().base == scene.left_at


def test_a_run_by_hand_may_name_a_branch(scene: _Scene) -> None:
    """The form of a pipeline would take only what the runner happens to have cloned."""
    found = scene.complete(_GITHUB, Whose(), head="feature", head_name=None, base="main", base_name=None)
    assert (found.head, found.head_name) == (scene.head, "feature")
    assert (found.base, found.base_name) == (scene.main, "main")


def test_without_a_base_it_is_the_default_branch_of_the_remote(scene: _Scene) -> None:
    """A run by hand in a clone of one commit would have to name what everybody knows."""
    found = scene.complete(_GITHUB, Whose(), base=None, base_name=None)
    assert (found.base, found.base_name) == (scene.main, "main")


def test_a_name_that_nobody_knows_is_left_to_the_run(scene: _Scene) -> None:
    """The user would not be told that the name is wrong, but that git has failed."""
    assert scene.complete(_GITHUB, Whose(), base="mian", base_name=None).base == "mian"


@pytest.mark.parametrize(("place", "word"), [(_GITLAB, "GIT_DEPTH: 0"), (_GITHUB, "fetch-depth: 0")])
def test_what_cannot_be_had_is_told_with_a_remedy(scene: _Scene, place: Place, word: str) -> None:
    """Somebody whose runner may not fetch would have to find out by themselves what to set."""
    shutil.rmtree(scene.there)
    with pytest.raises(EnvironmentFailure, match="does not hold all that is to be compared") as caught:
        scene.complete(place)
    assert word in caught.value.remedy


def test_a_clone_that_was_enough_stays_enough(scene: _Scene) -> None:
    """A job without a way to its remote, whose clone holds both commits, worked before and would fail."""
    gits.run(scene.here, "fetch", "--quiet", "--deepen=10", "origin", scene.head)
    shutil.rmtree(scene.there)
    assert scene.complete(_GITHUB).base == scene.left_at
    assert scene.log == []
    assert scene.complete(_GITLAB).base == scene.left_at
    assert scene.log[-1].startswith("`main` is taken as the job is told it")


def test_without_a_remote_nothing_is_asked(scene: _Scene) -> None:
    """A repository that was copied, not cloned, could not be proven."""
    gits.run(scene.here, "remote", "remove", "origin")
    assert scene.complete(base="f" * 40).base == "f" * 40
