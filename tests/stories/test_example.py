"""The configuration that the documentation shows as a team's, on the demo's pull request and on the mended one."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import make_project
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example.proofbot.yml"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """A run over the request that loses orders, and one over the request that keeps them."""
    folder = tmp_path_factory.mktemp("example")
    demo = make_project.make(folder / "shop")
    return {
        name: repositories.prove(demo.folder, "--head", name, "--config", str(_EXAMPLE), out=folder / name)
        for name in (demo.request, demo.mended)
    }


@pytest.fixture
def closed(runs: dict[str, Ran]) -> Ran:
    """The run over the request that loses orders."""
    return runs[make_project.REQUEST]


@pytest.fixture
def opened(runs: dict[str, Ran]) -> Ran:
    """The run over the request that keeps them."""
    return runs[make_project.MENDED]


def _named(ran: Ran) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["finding"]["outcome"], one["finding"]["grade"]) for one in ran.report["named"]}


def test_the_request_that_loses_orders_closes_the_gate(closed: Ran) -> None:
    """A team that starts with the example would have a bot that sees nothing, or refuses the file."""
    assert closed.code == 1, closed.log
    grades = {model["name"]: model["grade"] for model in closed.report["models"]}
    assert grades == {
        "fct_orders": "fail",
        "daily_revenue": "fail",
        "monthly_revenue": "fail",
        "revenue_by_country": "fail",
        "dim_customers": "pass",
        "product_sales": "pass",
        "customer_orders": "pass",
    }
    assert _named(closed) == {
        "no_order_is_lost": ("changed", "fail"),
        "revenue_by_month_and_country": ("changed", "fail"),
    }


def test_each_of_the_examples_checks_has_its_say(closed: Ran) -> None:
    """A team would copy lines that have no effect."""
    found = closed.model("fct_orders")["findings"]
    assert found["row_count"]["measures"]["difference"] == -499
    assert found["profile"]["measures"]["columns"]["revenue"]["sum"]["bound"] == "fail"
    assert set(found["top_k"]["measures"]["columns"]) == {"status", "channel"}
    titles = [table["title"] for table in found["values"]["tables"]]
    assert titles == ["Example rows", "Changes by month"]
    assert len(found["values"]["tables"][0]["rows"]) == 5
    lost = next(one for one in closed.report["named"] if one["name"] == "no_order_is_lost")
    assert lost["finding"]["measures"]["rows"] == 499
    metric = next(one for one in closed.report["named"] if one["name"] == "revenue_by_month_and_country")
    assert metric["finding"]["measures"]["removed"] == 12, "the guests of each month"


def test_the_mended_request_opens_it(opened: Ran) -> None:
    """A team would have a bot that cries wolf."""
    assert opened.code == 0, opened.comment
    assert {model["grade"] for model in opened.report["models"]} == {"pass"}
    assert {name: outcome for name, (outcome, _) in _named(opened).items()} == {
        "no_order_is_lost": "unchanged",
        "revenue_by_month_and_country": "unchanged",
    }


def test_that_the_file_is_not_that_of_base_is_said(opened: Ran) -> None:
    """A trial with another file would pass for the policy of the project."""
    assert any("and not that of the base revision" in notice for notice in opened.report["notices"])
    # Entries that are about none of the models would be notices, too.
    assert len(opened.report["notices"]) == 1
