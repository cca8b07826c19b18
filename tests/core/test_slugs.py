"""Tests of bot/core/slugs.py."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.slugs import LONGEST, artifact, context, is_artifact, of_artifact, slug

_REPOSITORY = "acme/Jaffle-Shop"
_TEXTS = st.text(st.sampled_from("ab1-/._ ~öA\n>%\ud800"), max_size=12)


@pytest.mark.parametrize(
    ("project_dir", "named", "expected"),
    [
        (None, None, "jaffle-shop"),
        (".", None, "jaffle-shop"),
        ("transform/Finance", None, "transform/finance"),
        ("./transform//finance/", None, "transform/finance"),
        ("transform/finance", " Money ", "money"),
        ("transform/finance", "", "transform/finance"),
        ("jaffle-shop", None, "jaffle-shop/jaffle-shop"),
        ("jaffle-shop/jaffle-shop", None, "jaffle-shop/jaffle-shop/jaffle-shop"),
    ],
)
def test_a_project_is_called_by_its_name_or_its_place(
    project_dir: str | None, named: str | None, expected: str
) -> None:
    """Nobody would recognise the status that they are to require."""
    assert slug(project_dir, _REPOSITORY, named) == expected


def test_without_anything_there_is_still_a_name() -> None:
    """The status would be called `proofbot/`, and the marker could not be found again."""
    assert slug(None, None, None) == "project"
    assert re.fullmatch(r"project-[0-9a-f]{8}", slug(None, None, "---"))
    assert re.fullmatch(r"project-[0-9a-f]{8}", slug(None, None, "日本"))


def test_what_had_to_be_replaced_is_told_apart() -> None:
    """Two projects of a repository would overwrite each other's comment, for ever."""
    first, second = slug("größe", None, None), slug("gr__e ö", None, None)
    assert re.fullmatch(r"gr-e-[0-9a-f]{8}", slug("gröe", None, None))
    assert len({first, second, slug("gr-e", None, None), slug("gr--e", None, None), slug("gröe", None, None)}) == 5
    assert slug("größe", None, None) == first


def test_a_long_name_is_cut_and_told_apart() -> None:
    """GitHub would refuse the status; or two deep folders would share one."""
    first, second = slug("a/" * 60 + "b", None, None), slug("a/" * 60 + "c", None, None)
    assert len(first) <= LONGEST
    assert first != second
    assert slug("a" * LONGEST, None, None) == "a" * LONGEST


@given(_TEXTS, _TEXTS)
def test_a_name_never_ends_a_marker_and_is_never_shared(first: str, second: str) -> None:
    """A folder's name would end the hidden marker and be read as text; or two projects would share a comment."""
    one, two = (slug(text, "acme/home", None) for text in (first, second))
    assert re.fullmatch(r"[a-z0-9._/-]+", one)
    assert re.search(r"[a-z0-9]", one)
    assert "--" not in one
    assert len(one) <= LONGEST
    assert is_artifact(artifact(one, 1))
    parts = [[part for part in text.lower().split("/") if part not in ("", ".")] for text in (first, second)]
    assert (one == two) is (parts[0] == parts[1])


def test_a_status_is_called_after_its_project() -> None:
    """Branch protection that requires the documented name would wait for ever."""
    assert context("transform/finance") == "proofbot/transform/finance"


def test_an_artifact_has_a_name_that_github_takes() -> None:
    """The upload would fail, or the second attempt of a run would: names are never used twice."""
    name = artifact("transform/finance", 2)
    assert name == "proofbot-transform~finance-2"
    assert not set(name) & set('":<>|*?\r\n\\/')
    assert len({artifact(one, 1) for one in ("a/b", "a-b", "a.b", "a_b", "a/b-1")}) == 5
    assert artifact("a-1", 2) != artifact("a", 12)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "proofbot",
        "proofbot-shop",
        "proofbot-shop-0",
        "proofbot-a/../b-1",
        "proofbot-shop-1\n",
        "dist-1",
        "Proofbot-a-1",
    ],
)
def test_what_others_upload_is_not_ours(name: str) -> None:
    """The publishing job would read any file that the workflow uploads as a report."""
    assert not is_artifact(name)


@given(_TEXTS, st.integers(1, 10**12))
def test_the_project_of_an_artifact_is_known_by_its_name(text: str, attempt: int) -> None:
    """What one project of a repository has found would be told as if it were another's."""
    project = slug(text, None, None)
    assert of_artifact(artifact(project, attempt)) == (project, attempt)


@pytest.mark.parametrize(
    "name",
    [
        *("proofbot-shop", "proofbot-shop-0", "proofbot--1", "shop-1", "proofbot-~shop-1", "proofbot-a--b-1"),
        *(f"proofbot-shop-{'1' * 21}", "proofbot-shop-1\n", "proofbot-Shop-1", f"proofbot-{'a' * 81}-1"),
    ],
)
def test_an_artifact_of_no_project_is_nobodys(name: str) -> None:
    """A fork chooses the names of its artifacts: none may become a status or a marker that could not be ours."""
    assert of_artifact(name) is None
