"""The page of the checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import pytest
from pydantic import Field

from bot.core.options import Bounds, CheckOptions, Limit, Names, Options, ToleranceOptions
from bot.render.checks_page import Entry, text
from handbook.pages import checks


@pytest.mark.parametrize("entry", checks(), ids=lambda entry: entry.name)
def test_every_check_and_option_says_what_it_is(entry: Entry) -> None:
    """A user would find an option in the page, and not what it does."""
    assert entry.about.strip()
    rows = [line for line in text([entry], CheckOptions).splitlines() if line.startswith("| `")]
    assert rows
    for row in rows:
        _, name, kind, _, says, _ = (cell.strip() for cell in row.replace("\\|", "/").split("|"))
        assert kind, f"{name} has no type"
        assert says, f"{name} has no description"


class _Inner(Options):
    deep: int = Field(3, ge=0, le=9, description="a number | deep inside")


class _Sample(CheckOptions):
    must: Names = Field(description="needed")
    one: Literal["a", "b"] = Field("a", description="one of two")
    inner: _Inner | None = Field(None, description="a mapping")
    again: _Inner | None = Field(None, description="another")
    many: Mapping[str, _Inner] = Field({}, description="by name")
    bounds: Mapping[str, Bounds] = Field({}, description="thresholds")
    limit: Limit | None = Field(None, description="a limit")
    tolerance: ToleranceOptions | None = Field(None, description="a tolerance")
    share: Annotated[float, Field(ge=1)] | None = Field(None, description="a share")
    yes: bool = Field(default=False, description="a switch")


def test_types_defaults_and_what_lies_inside() -> None:
    """A user could not see how an option is written, or that there are others inside of it."""
    page = text([Entry("sample", "Looks.\n\n    More.\n\n    Measures: `a`: b.", _Sample)], CheckOptions)
    rows = [line for line in page.split("## sample")[1].splitlines() if line.startswith("| `")]
    assert rows == [
        "| `must` | text or list of texts | required | needed |",
        "| `one` | `a`, `b` | `a` | one of two |",
        "| `inner` | mapping |  | a mapping |",
        "| `inner.deep` | whole number from 0 to 9 | `3` | a number \\| deep inside |",
        "| `again` | mapping |  | another; as `inner` |",
        "| `many` | mapping from name to mapping |  | by name; as `inner` |",
        "| `bounds` | mapping from name to threshold |  | thresholds |",
        "| `limit` | limit |  | a limit |",
        "| `tolerance` | tolerance |  | a tolerance |",
        "| `share` | number, at least 1 |  | a share |",
        "| `yes` | true or false | `false` | a switch |",
    ]
    assert "Looks.\n\nOff by default.\n\nMore.\n\n**Measures**: `a`: b." in page
    assert "| `where` | text |" in page.split("## sample")[0]


def test_a_check_without_options_says_so() -> None:
    """A table without rows would look like a fault of the page."""
    page = text([Entry("bare", "Looks.", CheckOptions, default=True)], CheckOptions)
    assert "On by default.\n\nIt has no options of its own." in page
