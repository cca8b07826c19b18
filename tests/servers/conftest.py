"""What every story on a server may use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import make_project
from tests.servers import raw_tables
from tests.stories import repositories
from tests.stories.conftest import _own_home, kept
from tests.stories.repositories import Ran

__all__ = ["_own_home", "kept"]

_OF_DUCKDB = Path(__file__).with_name("golden") / "few_orders.json"


@pytest.fixture(scope="module")
def few_orders(tmp_path_factory: pytest.TempPathFactory) -> make_project.Demo:
    """The demo's repository with few orders, its pull request checked out."""
    made = make_project.make(tmp_path_factory.mktemp("demo") / "shop")
    raw_tables.keep_few(made.database)
    return made


@pytest.fixture
def assert_as_duckdb(
    request: pytest.FixtureRequest, few_orders: make_project.Demo, tmp_path: Path
) -> Callable[[Ran], None]:
    """Holds the rows and the outcome of each model against DuckDB's, which --regenerate asks anew."""

    def check(ran: Ran) -> None:
        if request.config.getoption("--regenerate"):
            local = repositories.prove(few_orders.folder, out=tmp_path / "local")
            _OF_DUCKDB.write_text(json.dumps(_told(local), indent=2) + "\n", encoding="utf-8", newline="\n")
        assert _told(ran) == json.loads(_OF_DUCKDB.read_text(encoding="utf-8"))

    return check


def _told(ran: Ran) -> dict[str, object]:
    """Sums of floats depend on the order of rows, which nobody holds on some servers: noise is no difference."""
    unchanged = {"noise": "unchanged"}
    return {
        model["name"]: {**model["rows"], "outcome": unchanged.get(model["outcome"], model["outcome"])}
        for model in ran.report["models"]
    }
