"""What `proofbot config` prints."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from bot.core.config import Line
from bot.domain import NamedCheck, Revision
from bot.render import config_page
from bot.render.config_page import Overview

_FILE = ".proofbot.yml"


def _lines(*said: Line) -> tuple[Line, ...]:
    known = {line.path: line for line in said}
    usual = (
        Line("key", None, "default"),
        Line("infer_keys", value=False, origin="default"),
        Line("checks.values", value=True, origin="default"),
        Line("checks.values.exclude", [], "default"),
        Line("checks.top_k", value=False, origin="default"),
    )
    extra = [line for path, line in known.items() if path not in {one.path for one in usual}]
    return (*(known.get(line.path, line) for line in usual), *extra)


STRICT = _lines(Line("key", ["id", "line"], f"{_FILE}:9"), Line("checks.row_count.fail", "1%", f"{_FILE}:4"))
OVERVIEW = Overview(
    file=_FILE,
    revision=Revision("0123456789abcdef", "main"),
    budget=(Line("budget.seconds", 600.0, f"{_FILE}:2"),),
    models=(
        ("model.shop.a", STRICT),
        ("model.shop.b", _lines()),
        ("model.shop.c", STRICT),
    ),
    named=(NamedCheck("metric", "revenue", object(), f"{_FILE}:20"),),
    notices=("`tag:x` has no models",),
    policy=(Line("policy", "strict", f"{_FILE}:18"), Line("control.builds", 1, "default")),
    warehouse=(Line("warehouse.isolation", "schema", f"{_FILE}:22"),),
)


def _page(overview: Overview, *, verbose: bool = False, encoding: str = "utf-8") -> str:
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding=encoding, newline="\n")
    config_page.page(overview, Console(file=file, width=100), verbose=verbose)
    file.flush()
    return "\n".join(line.rstrip() for line in written.getvalue().decode(encoding).splitlines())


def test_models_of_the_same_settings_are_told_together_and_each_value_with_its_place() -> None:
    """A user with hundreds of models would get hundreds of equal tables, or not learn where a value comes from."""
    assert (
        _page(OVERVIEW)
        == """Configuration: .proofbot.yml
Note: `tag:x` has no models

the gate
  policy          strict  .proofbot.yml:18
  control.builds  1       default

the whole run
  budget.seconds       600     .proofbot.yml:2
  warehouse.isolation  schema  .proofbot.yml:22

a, c (2 models)
  key                    ["id", "line"]  .proofbot.yml:9
  checks.row_count.fail  1%              .proofbot.yml:4
  on by default: values
  off by default: top_k

b
  everything has its default
  on by default: values
  off by default: top_k

beside the models
  revenue  metric  .proofbot.yml:20"""
    )


def test_defaults_are_told_on_request() -> None:
    """A user could not look up the value of an option that nobody set."""
    told = _page(replace(OVERVIEW, models=OVERVIEW.models[1:2], policy=()), verbose=True)
    assert [line.split() for line in told.splitlines() if line.endswith("default")] == [
        ["key", "-", "default"],
        ["infer_keys", "off", "default"],
        ["checks.values", "on", "default"],
        ["checks.values.exclude", "[]", "default"],
        ["checks.top_k", "off", "default"],
    ]
    assert "by default" not in told


def test_no_file_is_told() -> None:
    """A user whose file is not at base would take the defaults for what it says."""
    assert "none at base (012345678, main)" in _page(replace(OVERVIEW, file=""))


def test_of_many_names_some_are_told() -> None:
    """A user would scroll through the names of all models."""
    models = tuple((f"model.shop.m{number:03}", STRICT) for number in range(40))
    assert "m011 and 28 more (40 models)" in " ".join(_page(replace(OVERVIEW, models=models)).split())


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_untrusted_text_is_shown_and_not_obeyed(encoding: str) -> None:
    """A request could draw on the reader's terminal, or end the command by a sign that it cannot write."""
    hostile = "[red]\x1b[31mä\n`x`"
    lines = (Line(f"samples.columns.{hostile}", hostile, hostile), Line("key", [hostile], hostile))
    overview = Overview(
        hostile, Revision("0" * 40, hostile), (), ((f"model.shop.{hostile}", lines),),
        (NamedCheck("query", hostile, object(), hostile),), (hostile,),
    )  # fmt: skip
    told = _page(overview, encoding=encoding)
    assert "\x1b" not in told
    assert told.count("[red]") >= 7


def test_json_has_everything() -> None:
    """A program would have to read the page."""
    told = json.loads(config_page.json_text(OVERVIEW))
    assert told["file"] == _FILE
    assert told["base"] == "0123456789abcdef"
    assert told["budget"] == [{"path": "budget.seconds", "value": 600.0, "origin": f"{_FILE}:2"}]
    assert told["warehouse"] == [{"path": "warehouse.isolation", "value": "schema", "origin": f"{_FILE}:22"}]
    assert told["named"] == [{"check": "metric", "name": "revenue", "where": f"{_FILE}:20"}]
    assert told["notices"] == ["`tag:x` has no models"]
    first = told["models"][0]
    assert first["unique_id"] == "model.shop.a"
    assert first["settings"][0] == {"path": "key", "value": ["id", "line"], "origin": f"{_FILE}:9"}
    assert len(first["settings"]) == len(STRICT)
