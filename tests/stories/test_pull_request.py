"""The story of the demo's pull request: from git to the comment, and what is left behind."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from demo import make_project
from tests.stories import repositories
from tests.stories.repositories import Ran, git, write

pytestmark = pytest.mark.story

_GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> make_project.Demo:
    """The demo's repository, its pull request checked out."""
    return make_project.make(tmp_path_factory.mktemp("demo") / "shop")


@pytest.fixture(scope="module")
def first(
    demo: make_project.Demo, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ran, dict[str, str], dict[str, str]]:
    """The first run, started as users start it, and every file of the user's before and after it."""
    home, out = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("out") / "new"
    before = _fingerprints(demo.folder, home)
    ran = repositories.prove(demo.folder, out=out, environment={"HOME": str(home)}, start=repositories.cold)
    return ran, before, _fingerprints(demo.folder, home)


def _fingerprints(*folders: Path) -> dict[str, str]:
    """Path to content and time of every file, .git and all that git ignores included."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): f"{path.stat().st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files}


def test_comment(first: tuple[Ran, dict[str, str], dict[str, str]], assert_golden: Callable[[Path, str], None]) -> None:
    """A reviewer would read another comment than the one that was looked at and found good."""
    ran, _, _ = first
    assert ran.code == 1, ran.log
    assert_golden(_GOLDEN / "demo.md", repositories.timeless(ran.comment))


def test_nothing_of_the_users_is_touched(first: tuple[Ran, dict[str, str], dict[str, str]]) -> None:
    """A user would find the checkout, the index, the database or the home folder changed by a bot."""
    _, before, after = first
    assert after == before


def test_nothing_is_left_behind(first: tuple[Ran, dict[str, str], dict[str, str]]) -> None:
    """A user's disk would fill up with the copies of every run."""
    assert first[0].code == 1
    assert list((Path(os.environ["PROOFBOT_CACHE_DIR"]) / "runs").iterdir()) == []


def test_numbers_are_those_of_the_database(
    first: tuple[Ran, dict[str, str], dict[str, str]], demo: make_project.Demo
) -> None:
    """A reviewer would trust a number that a plain query refutes: orders without a customer are lost by the join."""
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        orders, lost = connection.execute(
            "select count(*), count(*) filter (where c.customer_id is null) "
            "from raw.orders o left join raw.customers c on c.customer_id = o.customer_id"
        ).fetchall()[0]
    rows = first[0].model("fct_orders")["rows"]
    assert (rows["base"], rows["head"], rows["removed"]) == (orders, orders - lost, lost)
    assert rows["added"] + rows["changed"] + rows["unchanged"] == rows["head"]


@pytest.mark.once
def test_second_run_builds_base_no_more(
    first: tuple[Ran, dict[str, str], dict[str, str]], demo: make_project.Demo, tmp_path: Path
) -> None:
    """A user would pay for the same build of base at every push."""
    again = repositories.prove(demo.folder, out=tmp_path / "out")
    assert "building base: 0 nodes, 17 kept from before" in again.log
    assert repositories.timeless(again.comment) == repositories.timeless(first[0].comment)


@pytest.mark.once
def test_mended_request_opens_the_gate_for_all_but_the_new_column(demo: make_project.Demo, tmp_path: Path) -> None:
    """A user who mends the bug would still be told that the gate is closed."""
    ran = repositories.prove(demo.folder, "--head", demo.mended, out=tmp_path / "out")
    assert ran.code == 0, ran.page
    assert ran.model("fct_orders")["rows"]["removed"] == 0


@pytest.mark.once
def test_dry_run_builds_nothing(demo: make_project.Demo, tmp_path: Path) -> None:
    """A user who only wants to see the plan would pay for the builds."""
    ran = repositories.prove(demo.folder, "--dry-run", out=tmp_path / "out")
    assert ran.code == 0
    assert "rebuilt at head: 7" in ran.page
    assert "building" not in ran.log
    assert not (tmp_path / "out").exists()


@pytest.mark.once
def test_working_tree(demo: make_project.Demo, tmp_path: Path) -> None:
    """A developer could not see what a change does before committing it, or would lose work by looking."""
    git(demo.folder, "switch", "-q", "--detach", f"{demo.request}~1")
    model = demo.folder / "models/marts/monthly_revenue.sql"
    text = model.read_text(encoding="utf-8")
    try:
        write(demo.folder, {"models/marts/monthly_revenue.sql": f"select * from ({text}) where month > '1900-01-01'"})
        write(demo.folder, {"models/marts/brand_new.sql": "select 1 as id"})
        status = git(demo.folder, "status", "--porcelain")
        ran = repositories.prove(demo.folder, "--working-tree", out=tmp_path / "out")
        assert ran.model("brand_new")["change"]["kind"] == "added", ran.log
        assert ran.model("monthly_revenue")["outcome"] == "unchanged"
        assert ran.report["run"]["head"]["working_tree"] is True
        assert git(demo.folder, "status", "--porcelain") == status
    finally:
        (demo.folder / "models/marts/brand_new.sql").unlink()
        model.write_text(text, encoding="utf-8")
        git(demo.folder, "switch", "-q", demo.request)
