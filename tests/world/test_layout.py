"""What lies where: the project, its profile, its packages."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from bot.errors import UsageError
from bot.world import layout

ONE = ("README.md", "dbt/shop/dbt_project.yml", "dbt/shop/models/a.sql")
TWO = (*ONE, "other/dbt_project.yml", "dbt/shop/dbt_packages/utils/dbt_project.yml")


def _find(root: Path, files: tuple[str, ...], here: str = "", named: str | None = None) -> str:
    folder = root / named if named is not None else None
    return str(layout.find_project(files, root, root / here, folder))


@pytest.mark.parametrize(
    ("files", "here", "named", "expected"),
    [
        (ONE, "", None, "dbt/shop"),
        (("dbt_project.yml",), "", None, "."),
        (("dbt_project.yml",), "models/deep", None, "."),
        (TWO, "other", None, "other"),
        (TWO, "dbt/shop/models", None, "dbt/shop"),
        (TWO, "", "other", "other"),
        (TWO, "other", "dbt/shop", "dbt/shop"),
        (TWO, "", "dbt/../other", "other"),
        (("dbt_project.yml", *TWO), "dbt/shop/models", None, "dbt/shop"),
    ],
)
def test_the_project_is_found(
    tmp_path: Path, files: tuple[str, ...], here: str, named: str | None, expected: str
) -> None:
    """The user would have to name a project that can be told, or another one would be proven."""
    assert _find(tmp_path, files, here, named) == expected


def test_no_project_is_said(tmp_path: Path) -> None:
    """In the wrong repository the user would see a crash; an installed package is no project of theirs."""
    with pytest.raises(UsageError, match="no dbt project") as caught:
        _find(tmp_path, ("README.md", "dbt_packages/utils/dbt_project.yml", "my_dbt_project.yml"))
    assert "dbt_project.yml" in caught.value.remedy


def test_several_projects_are_listed(tmp_path: Path) -> None:
    """One of several would be proven, by chance."""
    with pytest.raises(UsageError, match="2 dbt projects in this repository: dbt/shop, other") as caught:
        _find(tmp_path, TWO)
    assert "--project-dir" in caught.value.remedy
    assert "the action by the input `project-dir`" in caught.value.remedy


def test_a_named_folder_without_project_is_refused(tmp_path: Path) -> None:
    """A mistyped --project-dir would prove another project."""
    with pytest.raises(UsageError, match=r"there is no dbt_project.yml in docs at head.*dbt/shop, other"):
        _find(tmp_path, TWO, named="docs")
    with pytest.raises(UsageError, match="is not in the repository"):
        layout.find_project(TWO, tmp_path / "repository", tmp_path, tmp_path / "elsewhere")


def test_from_outside_of_the_repository_the_only_project_is_taken(tmp_path: Path) -> None:
    """`--project-dir` given from elsewhere would be a crash."""
    found = layout.find_project(ONE, tmp_path / "repository", tmp_path, tmp_path / "repository" / "dbt" / "shop")
    assert found == PurePosixPath("dbt/shop")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The folders that may hold a profiles.yml, all empty; the last two are the working directory and ~/.dbt."""
    folders = {name: tmp_path / name for name in ("named", "base", "head", "here", "home")}
    for folder in folders.values():
        folder.mkdir()
    (folders["home"] / ".dbt").mkdir()
    monkeypatch.chdir(folders["here"])
    monkeypatch.setenv("HOME", str(folders["home"]))
    return folders | {"home": folders["home"] / ".dbt"}


def test_profiles_are_looked_for_in_order(places: dict[str, Path]) -> None:
    """The head would choose where it is built, or another target than with dbt be used."""
    projects = [places["base"], places["head"]]
    for name in ("home", "here", "head", "base"):
        (places[name] / "profiles.yml").write_text("")
        assert layout.find_profiles(None, projects) == places[name] / "profiles.yml"
    with pytest.raises(UsageError, match=r"no profiles.yml in .*named"):
        layout.find_profiles(places["named"], projects)
    (places["named"] / "profiles.yml").write_text("")
    assert layout.find_profiles(places["named"], projects) == places["named"] / "profiles.yml"


def test_no_profiles_is_said(places: dict[str, Path]) -> None:
    """The user would not learn where a profiles.yml may lie."""
    with pytest.raises(UsageError, match=r"no profiles.yml in the project") as caught:
        layout.find_profiles(None, [places["base"], places["head"]])
    assert "--profiles-dir" in caught.value.remedy


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, False),
        ({"packages.yml": "packages:\n  - local: ../x\n"}, True),
        ({"dependencies.yml": "projects:\n  - name: other\n"}, False),
        ({"dependencies.yml": "packages: []\n"}, True),
        ({"packages.yml": ""}, False),
    ],
)
def test_a_project_that_asks_for_packages_is_known(tmp_path: Path, files: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    """Packages would be missing, or `dbt deps` be run for nothing."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert layout.wants_packages(tmp_path) is expected


def _project(folder: Path, packages: str = "packages: []\n", installed: str | None = None) -> Path:
    """A project, with a package called utils if a folder for it is given."""
    folder.mkdir()
    (folder / "packages.yml").write_text(packages)
    if installed:
        (folder / installed / "utils").mkdir(parents=True)
        (folder / installed / "utils" / "dbt_project.yml").write_text("name: utils\n")
    return folder


@pytest.mark.parametrize("installed", ["dbt_packages", "deep/packages"])
def test_packages_of_the_checkout_are_taken(tmp_path: Path, installed: str) -> None:
    """Without the network no project with packages could be proven."""
    project, donor = _project(tmp_path / "ours"), _project(tmp_path / "theirs", installed=installed)
    assert layout.take_packages(project, [donor], installed)
    assert (project / installed / "utils" / "dbt_project.yml").read_text() == "name: utils\n"
    (project / installed / "utils" / "dbt_project.yml").write_text("changed")
    assert (donor / installed / "utils" / "dbt_project.yml").read_text() == "name: utils\n"


def test_other_packages_are_not_taken(tmp_path: Path) -> None:
    """The head would be built with the base's packages although it asks for others."""
    donor = _project(tmp_path / "theirs", installed="dbt_packages")
    asks_for_more = _project(tmp_path / "ours", packages="packages:\n  - package: x/y\n")
    assert not layout.take_packages(asks_for_more, [donor], "dbt_packages")
    asks_elsewhere = _project(tmp_path / "moved")
    (asks_elsewhere / "packages.yml").rename(asks_elsewhere / "dependencies.yml")
    assert not layout.take_packages(asks_elsewhere, [donor], "dbt_packages")
    locked_otherwise = _project(tmp_path / "locked")
    (locked_otherwise / "package-lock.yml").write_text("sha1_hash: 1\n")
    (donor / "package-lock.yml").write_text("sha1_hash: 2\n")
    assert not layout.take_packages(locked_otherwise, [donor], "dbt_packages")
    assert not any((folder / "dbt_packages").exists() for folder in (asks_for_more, asks_elsewhere, locked_otherwise))


def test_a_lock_that_is_not_committed_does_not_matter(tmp_path: Path) -> None:
    """A project that leaves the lock to each checkout could not use what is installed there."""
    project, donor = _project(tmp_path / "ours"), _project(tmp_path / "theirs", installed="dbt_packages")
    (donor / "package-lock.yml").write_text("sha1_hash: 1\n")
    assert layout.take_packages(project, [donor], "dbt_packages")


def test_the_first_that_fits_gives(tmp_path: Path) -> None:
    """One donor that does not fit would hide another that does."""
    project = _project(tmp_path / "ours")
    unfit = _project(tmp_path / "unfit", packages="packages:\n  - package: x/y\n", installed="dbt_packages")
    empty = _project(tmp_path / "empty")
    (empty / "dbt_packages").mkdir()
    fit = _project(tmp_path / "fit", installed="dbt_packages")
    assert layout.take_packages(project, [unfit, empty, tmp_path / "nowhere", fit], "dbt_packages")


def test_packages_that_the_request_commits_are_not_those_of_base(tmp_path: Path) -> None:
    """A request could bring doctored packages along: base would be built with them, too, and nothing would differ."""
    base, head = _project(tmp_path / "base"), _project(tmp_path / "head", installed="dbt_packages")
    checkout = _project(tmp_path / "checkout", installed="dbt_packages")
    assert layout.current_packages(checkout, base, head, "dbt_packages") == []
    assert layout.current_packages(checkout, base, base, "dbt_packages") == [checkout]


def test_packages_that_are_there_stay(tmp_path: Path) -> None:
    """A project that commits its packages would get others."""
    project = _project(tmp_path / "ours", installed="dbt_packages")
    assert layout.take_packages(project, [], "dbt_packages")


@pytest.mark.parametrize("installed", ["dbt_packages", "deep/packages"])
def test_local_packages_are_those_of_the_same_revision(tmp_path: Path, installed: str) -> None:
    """A changed local package would be read from the user's checkout, and its change not be seen."""
    project, donor = _project(tmp_path / "ours"), _project(tmp_path / "theirs", installed=installed)
    for folder in (project, donor):
        (folder / "local").mkdir()
        (folder / "local" / "dbt_project.yml").write_text(f"of {folder.name}")
    (donor / installed / "local").symlink_to(donor / "local", target_is_directory=True)
    assert layout.take_packages(project, [donor], installed)
    link = project / installed / "local"
    assert link.is_symlink()
    assert (link / "dbt_project.yml").read_text() == "of ours"
    assert (donor / installed / "local" / "dbt_project.yml").read_text() == "of theirs"


def test_packages_linked_from_outside_are_not_taken(tmp_path: Path) -> None:
    """A package beside the project would be read as the user has it now, not as of the revision."""
    project, donor = _project(tmp_path / "ours"), _project(tmp_path / "theirs", installed="dbt_packages")
    (tmp_path / "beside").mkdir()
    (donor / "dbt_packages" / "beside").symlink_to(tmp_path / "beside", target_is_directory=True)
    assert not layout.take_packages(project, [donor], "dbt_packages")
    assert not (project / "dbt_packages").exists()


def test_packages_installed_before_they_were_asked_for_are_not_trusted(tmp_path: Path) -> None:
    """After a new version in packages.yml and no `dbt deps`, both sides would get the old one: nothing would differ."""
    base, head, checkout = (tmp_path / name for name in ("base", "head", "checkout"))
    for folder, version in ((base, 1), (head, 2), (checkout, 2)):
        folder.mkdir()
        (folder / "packages.yml").write_text(f"packages: [{{package: a/b, version: {version}}}]")
    (checkout / "dbt_packages").mkdir()
    os.utime(checkout / "packages.yml", ns=(10**18, 10**18))
    os.utime(checkout / "dbt_packages", ns=(10**18 - 1, 10**18 - 1))
    assert layout.current_packages(checkout, base, head, "dbt_packages") == []
    assert layout.current_packages(checkout, head, head, "dbt_packages") == [checkout]
    os.utime(checkout / "dbt_packages", ns=(10**18, 10**18))
    assert layout.current_packages(checkout, base, head, "dbt_packages") == [checkout]
