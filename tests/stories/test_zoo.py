"""One run over a project that holds one of everything that has broken such tools before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories import repositories, zoo
from tests.stories.repositories import Ran

pytestmark = pytest.mark.story

# name: (outcome, grade, rows by name where they are known, changed columns)
_EXPECTED: dict[str, tuple[str, str, dict[str, int | None], dict[str, int]]] = {
    "small": ("changed", "fail", {"base": 20, "head": 20, "added": 1, "removed": 1, "unchanged": 19}, {}),
    "large": ("changed", "fail", {"base": 11_000, "head": 11_000, "added": 1, "removed": 1, "unchanged": 10_999}, {}),
    "from_small": (
        "changed",
        "fail",
        {"base": 20, "head": 20, "added": 0, "changed": 1, "unchanged": 19},
        {"amount": 1},
    ),
    "by_macro": ("changed", "fail", {"base": 10, "head": 10, "changed": 9, "unchanged": 1}, {"doubled": 9}),
    "reads_file": ("changed", "fail", {"base": 2, "head": 3, "added": 2, "removed": 1, "unchanged": 1}, {}),
    "empty": ("vacuous", "warn", {"base": 0, "head": 0}, {}),
    "no_key": ("changed", "fail", {"base": 9, "head": 9, "added": 1, "removed": 1, "unchanged": 8}, {}),
    "breaks": ("errored", "fail", {}, {}),
    "below_breaks": ("skipped", "error", {}, {}),
    "mended": ("changed", "warn", {"base": None, "head": 4}, {}),
    "broken": ("errored", "error", {}, {}),
    "goes_away": ("changed", "warn", {"base": 6, "head": None}, {}),
    "comes": ("changed", "pass", {"base": None, "head": 12}, {}),
    "nested": ("changed", "fail", {"changed": 3, "unchanged": 7}, {"pair": 1, "thing": 2}),
    "floats": ("changed", "fail", {"changed": 2, "unchanged": 2}, {"x": 2}),
    "bad_keys": ("changed", "fail", {"changed": 1, "unchanged": 5, "unkeyed": 6}, {"x": 1}),
    "wide": ("changed", "fail", {"changed": 1, "unchanged": 49}, {"c7": 1}),
    "one_column": ("changed", "fail", {"added": 1, "removed": 1, "changed": 0, "unchanged": 9}, {}),
    "type_change": ("changed", "fail", {"changed": 0, "unchanged": 10}, {}),
    "odd": ("changed", "fail", {"added": 1, "removed": 1, "unchanged": 9}, {}),
    "passing": ("skipped", "pass", {}, {}),
    "below_passing": ("changed", "fail", {"base": 5, "head": 3, "removed": 2}, {}),
    "growing": ("changed", "fail", {"changed": 1, "unchanged": 7}, {"x": 1}),
    "py": ("changed", "fail", {"changed": 1, "unchanged": 4}, {"x": 1}),
    "out_file": ("changed", "fail", {"base": 1, "head": 1, "added": 1, "removed": 1}, {}),
    "reads_out": ("changed", "fail", {"base": 1, "head": 1, "added": 1, "removed": 1}, {}),
    "vanishes": ("errored", "error", {}, {}),
    "history": ("changed", "fail", {"changed": 1, "unchanged": 19}, {"amount": 1}),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The run over the zoo."""
    folder = tmp_path_factory.mktemp("zoo")
    shop = repositories.start(folder / "shop", zoo.BASE)
    repositories.request(shop, zoo.REQUEST)
    return repositories.prove(shop, out=folder / "out")


def test_a_zoo_is_a_finding_never_a_crash(ran: Ran) -> None:
    """A user would lose the whole proof to the one odd model of the project."""
    assert ran.code == 1, ran.log
    assert ran.report["run"]["verdict"]["status"] == "error"


@pytest.mark.parametrize("name", sorted(_EXPECTED))
def test_each_animal(ran: Ran, name: str) -> None:
    """A user would read a wrong number, or a green tick, about this kind of model."""
    outcome, grade, rows, columns = _EXPECTED[name]
    model = ran.model(name)
    assert (model["outcome"], model["grade"]) == (outcome, grade), model
    told: dict[str, Any] = model["rows"] or {}
    assert {key: told.get(key) for key in rows} == rows
    assert (model["columns"] or {}).get("changed", {}) == columns


def test_nothing_else_counts_as_affected(ran: Ran) -> None:
    """A user would pay for, and read about, models that the request does not touch."""
    assert {model["name"] for model in ran.report["models"]} == set(_EXPECTED)
    assert ran.report["same_sql"] == ["model.shop.same_sql"]


def test_what_is_not_compared_is_said(ran: Ran) -> None:
    """A user would believe that columns were compared which hold the time of the build."""
    assert set(ran.model("history")["columns"]["uncompared"]) == {
        "dbt_scd_id",
        "dbt_updated_at",
        "dbt_valid_from",
        "dbt_valid_to",
    }
    assert "built from scratch" in ran.comment
