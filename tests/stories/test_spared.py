"""A change of one column, from git to comment: what reads the column is proven, and the rest is not built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stories import repositories

pytestmark = pytest.mark.story

_FILES = {
    "models/orders.sql": "select i as id, i * 10 as amount, i % 3 as customer from range(20) t(i)",
    "models/revenue.sql": "select customer, sum(amount) as revenue from {{ ref('orders') }} group by 1",
    "models/visits.sql": "with o as (select * from {{ ref('orders') }}) "
    "select customer, count(*) as n from o group by customer",
    "models/loyal.sql": "select customer from {{ ref('visits') }} where n > 6",
    "models/schema.yml": """
models:
  - {name: orders, columns: [{name: id, data_tests: [unique]}]}
  - {name: visits, columns: [{name: customer, data_tests: [unique, not_null]}]}
""",
}
_HEAD = {"models/orders.sql": _FILES["models/orders.sql"].replace("i * 10", "case when i = 7 then 0 else i * 10 end")}


def test_only_what_reads_the_column_is_built_and_told(tmp_path: Path) -> None:
    """A column of a staging model would cost the build of all that reads the model; or the comment would not say why a
    model is missing."""
    folder = repositories.start(tmp_path / "shop", _FILES)
    repositories.request(folder, _HEAD)
    ran = repositories.prove(folder, out=tmp_path / "out")
    assert ran.code == 1, ran.log
    assert {one["name"]: one["outcome"] for one in ran.report["models"]} == {"orders": "changed", "revenue": "changed"}
    assert ran.report["spared"] == {
        "confined": [{"unique_id": "model.shop.orders", "columns": ["amount"]}],
        "models": ["model.shop.loyal", "model.shop.visits"],
        "tests": 2,
    }
    assert "2 of 3 models below read none of what can differ (`orders` in `amount`)" in ran.comment
    assert "2 dbt tests not run. `loyal`, `visits`" in ran.comment
    assert "Not reached, so not built" in ran.page
    asked = json.dumps(ran.report["evidence"])
    assert "revenue" in asked
    assert "visits" not in asked
