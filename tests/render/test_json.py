"""Tests of bot/render/json.py and of the published schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.evidence import digest
from bot.domain import Finding, Grade, Outcome, Status
from bot.render.json import document, dump, text
from tests.render.evidence import GOLDEN, accepted, shown
from tests.render.reports import HOSTILE, all_equal, equal, no_key, shop, with_text

GOLDEN_FILES = Path(__file__).parent / "golden"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema() -> None:
    """Tools that read the schema would refuse it."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - {"many", "many_tables"}))
def test_every_report_keeps_to_the_schema(name: str) -> None:
    """Tools are built on what is published; a document that breaks it breaks them."""
    VALIDATOR.validate(json.loads(text(GOLDEN[name]())))


def test_golden(assert_golden: Callable[[Path, str], None]) -> None:
    """A name that changes unnoticed breaks every tool that reads it."""
    assert_golden(GOLDEN_FILES / "shop.json", text(shop()))


def test_documents_of_the_first_version_keep_to_the_schema() -> None:
    """Later changes only add: a tool that keeps older documents could not read them with the newer schema."""
    VALIDATOR.validate(json.loads((GOLDEN_FILES / "shop_of_the_first_version.json").read_text(encoding="utf-8")))


def test_what_was_there_in_the_first_version_is_still_said_alike() -> None:
    """A tool built on the first version would break."""
    first = json.loads((GOLDEN_FILES / "shop_of_the_first_version.json").read_text(encoding="utf-8"))

    def holds(new: Any, old: Any) -> bool:
        if isinstance(old, dict):
            return all(name in new and holds(new[name], value) for name, value in old.items())
        if isinstance(old, list):
            return len(new) == len(old) and all(holds(one, other) for one, other in zip(new, old, strict=True))
        return bool(new == old)

    assert holds(json.loads(text(shop())), first)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("run", "verdict", "status"), "green"),
        (("run", "verdict", "exit_code"), 7),
        (("models", 0, "outcome"), "fine"),
        (("models", 0, "rows", "base"), "12"),
        (("models", 0, "rows", "base"), -1),
        (("models", 0, "columns", "changed"), {"amount": None}),
        (("models", 0, "findings"), []),
        (("models", 0, "key"), ["order_id"]),
        (("models", 0, "proposed_keys"), ["order_id"]),
        (("models", 0, "sampled"), 1.0),
        (("models", 0, "accepted"), {"model": "all", "by": "octocat"}),
        (("run", "slug"), None),
        (("run", "is_foreign"), "no"),
        (("models", 1, "findings", "schema", "bound"), "over"),
        (("models", 1, "findings", "schema", "tables"), [{"title": "no columns"}]),
        (("models", 1, "findings", "schema", "advice"), ["yaml"]),
        (("named",), [{"check": "metric"}]),
    ],
)
def test_the_schema_refuses_what_it_should(path: tuple[str | int, ...], value: object) -> None:
    """A schema that takes everything promises nothing."""
    found: Any = copy.deepcopy(document(shop()))
    place = found
    for step in path[:-1]:
        place = place[step]
    assert path[-1] in place
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(found)


ADDED_LATER = {
    *("named", "proposed_keys", "sampled", "bound", "tables", "advice", "slug", "is_foreign", "accepted"),
    *("rule", "noise", "declared", "explained", "common", "policy", "unmet", "sources", "proposal", "evidence"),
    *("digest", "is_known", "equivalent", "spared", "cost", "reach"),
}


def test_every_required_name_is_required() -> None:
    """A name that may be missing cannot be relied on."""
    found: dict[str, Any] = document(shop())
    model = found["models"][1]
    for part in (found, found["run"], model, model["rows"], model["columns"], model["findings"]["schema"]):
        for name in sorted(set(part) - ADDED_LATER):
            value = part.pop(name)
            assert not VALIDATOR.is_valid(found), name
            part[name] = value
    assert VALIDATOR.is_valid(found)


def test_what_was_accepted_is_told() -> None:
    """A tool of one's own would count as a warning what somebody waved through."""
    found: Any = document(accepted())
    orders = {"model": "orders", "by": "octocat", "reason": "the retired channel is gone, see #12 and @shop/data"}
    assert [model["accepted"] for model in found["models"] if model["name"] == "orders"] == [orders]
    assert [test["accepted"] for test in found["tests"]] == [orders]
    assert [named["accepted"]["model"] for named in found["named"] if named["accepted"]] == ["no orphans"]
    assert (found["run"]["slug"], found["run"]["is_foreign"]) == ("shop", True)


def test_the_numbers_of_a_model() -> None:
    """A gate of one's own, built on these numbers, would let the bug pass."""
    found: dict[str, Any] = document(shop())
    by_name = {model["name"]: model for model in found["models"]}
    assert by_name["orders"]["rows"] == {
        "base": 61_948,
        "head": 53_042,
        "added": 0,
        "removed": 8_906,
        "changed": 0,
        "unchanged": 53_042,
        "unkeyed": 0,
    }
    assert by_name["orders"]["key"] == {"columns": ["order_id"], "source": "unique and not_null tests"}
    assert by_name["customers"]["columns"]["type_changed"] == {"orders_count": {"base": "BIGINT", "head": "INTEGER"}}
    assert by_name["customers"]["columns"]["changed"]["last_order_at"] == 1
    assert by_name["daily_revenue"]["key"] is None
    assert by_name["orders"]["findings"]["row_count"]["grade"] == "fail"


def test_tables_are_told_whole_and_as_values() -> None:
    """What the comment had no room for would be nowhere, or dressed for a comment."""
    found: dict[str, Any] = json.loads(text(shown()))
    tables = {table["title"]: table for table in found["models"][0]["findings"]["values"]["tables"]}
    examples = tables["Example rows"]
    assert examples["columns"][1] == {"title": "order_id", "numeric": False, "data": True}
    assert examples["rows"][1] == [
        *("changed", "1002"),
        {"base": "paid", "head": "paid "},
        {"base": "129.50", "head": "0.00"},
        "null",
    ]
    assert examples["rows"][2][2] == {"base": "paid", "head": None}
    assert examples["left_out"] == 304
    profile = found["models"][0]["findings"]["profile"]["tables"][0]
    assert profile["rows"][-1] == ["discount", "mean", None, None, None, None], "a NaN is null"


def test_named_checks_bounds_samples_and_proposed_keys_are_told() -> None:
    """A gate of one's own would pass over an assertion that fails, or take a sample for the whole."""
    found: dict[str, Any] = document(shown())
    metric = found["named"][1]
    assert (metric["check"], metric["name"], metric["models"]) == (
        *("metric", "revenue"),
        ["model.shop.orders", "model.shop.customers"],
    )
    assert (metric["finding"]["grade"], metric["finding"]["bound"]) == ("fail", "fail")
    by_name = {model["name"]: model for model in found["models"]}
    assert by_name["customers"]["findings"]["row_count"]["bound"] == "within"
    assert (by_name["events"]["sampled"], by_name["orders"]["sampled"]) == (0.1, None)
    assert by_name["sessions"]["proposed_keys"] == [["session_id"], ["visitor_id", "started at"]]
    assert found["named"][3]["finding"]["advice"] == "queries:\n  - name: x"


def test_what_is_not_known_is_null() -> None:
    """A model that could not be counted would look empty."""
    found: dict[str, Any] = document(no_key())
    added = next(model for model in found["models"] if model["change"]["kind"] == "added")
    assert added["rows"]["base"] is None
    assert added["columns"] is None


@pytest.mark.parametrize(("status", "code"), [(Status.SUCCESS, 0), (Status.FAILURE, 1), (Status.ERROR, 1)])
def test_the_exit_code_goes_with_the_status(status: Status, code: int) -> None:
    """A job that reads the report would open a gate that the command closed."""
    found: dict[str, Any] = document(replace(all_equal(), status=status))
    assert found["run"]["verdict"]["exit_code"] == code


def test_no_nan_and_no_infinity() -> None:
    """`NaN` is not JSON: most readers would refuse the whole document."""
    measures = {"mean": float("nan"), "range": [float("-inf"), 1.5], "deep": {"a": float("inf")}}
    odd = replace(equal("orders", 1), findings=(Finding("values", Outcome.CHANGED, "Odd.", Grade.WARN, measures),))
    found = json.loads(text(replace(all_equal(), models=(odd,))))
    assert found["models"][0]["findings"]["values"]["measures"] == {
        "mean": None,
        "range": [None, 1.5],
        "deep": {"a": None},
    }


def test_the_text_is_stable_and_ends_its_line() -> None:
    """Two runs of the same commits could not be compared by diff."""
    assert text(shop()) == text(shop())
    assert text(shop()).endswith("}\n")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30)), min_size=1, max_size=8))
def test_any_text_goes_in_and_comes_out(texts: list[str]) -> None:
    """A name in another script, or half a character, would end the run at its last step."""
    report = with_text(texts)
    found = json.loads(text(report))
    VALIDATOR.validate(found)
    assert found["run"]["verdict"]["headline"] == report.headline.replace("\ud800", "?")
    assert [model["path"] for model in found["models"]] == [
        model.path.replace("\ud800", "?") for model in report.models
    ]


def test_the_digest_is_of_what_is_written() -> None:
    """Nobody could tell a report from one that was edited, or every report with a masked secret would look edited."""
    written = json.loads(text(shop()))
    assert written["digest"] == digest(written) == document(shop())["digest"]
    masked = json.loads(dump({**document(shop()), "notices": ["***"]}))
    assert masked["digest"] == digest(masked) != written["digest"]
    assert digest({**written, "policy": "strict"}) != written["digest"]
    assert digest(json.loads(json.dumps(written, sort_keys=False, indent=7))) == written["digest"]
