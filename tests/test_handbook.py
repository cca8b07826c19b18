"""The pages that are made from the code: what becomes of commands, schemas and inputs."""

from __future__ import annotations

import logging
from pathlib import Path

import click
import pytest
from markdown import Markdown

from handbook import commands, hooks, jobs
from handbook.schemas import Fields
from handbook.tables import table


@click.group()
def _program() -> None:
    """What it is for."""


@_program.command("plain")
@click.argument("file")
@click.option("--many", "-m", multiple=True, metavar="X", help="One | or more.")
@click.option("--needed", required=True, type=click.Choice(["a", "b"]), envvar=["ONE", "TWO"], help="A letter.")
@click.option("--flag", is_flag=True, help="A switch.")
@click.option("--secret", hidden=True)
def _plain(**_: object) -> None:
    """Does it.

    \b
    Examples:
      program plain   as it is
    """


@_program.command("hidden", hidden=True)
def _hidden() -> None:
    """Nobody's business."""


@_program.group("group")
def _group() -> None:
    """Several."""


@_group.command("inner")
def _inner() -> None:
    """Inside."""


def test_every_command_and_option_is_told_and_nothing_hidden() -> None:
    """A user would not find a command, or one that is not meant for them."""
    text = commands.text(_program)
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        *("## proofbot group", "## proofbot group inner", "## proofbot plain")
    ]
    assert "```text\nproofbot plain [OPTIONS] FILE\n```" in text
    assert "```text\nExamples:\n  program plain   as it is\n```" in text
    assert [line for line in text.splitlines() if line.startswith("| `")] == [
        "| `FILE` |  |  |  |",
        "| `--many`, `-m` | `X` |  | One \\| or more.; can be given several times |",
        "| `--needed` | `a`, `b` | `ONE`, `TWO` | A letter.; required |",
        "| `--flag` |  |  | A switch. |",
    ]
    assert "secret" not in text
    assert "Nobody" not in text


_SCHEMA = {
    "properties": {
        "words": {"type": "array", "items": {"type": "string"}, "description": "some"},
        "by_name": {"type": "object", "additionalProperties": {"$ref": "#/$defs/inner"}, "description": "by name"},
        "again": {"anyOf": [{"$ref": "#/$defs/inner"}, {"type": "null"}], "description": "another"},
        "far": {"type": "object", "properties": {"x": {"type": "string"}}, "description": "far"},
        "share": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        "either": {"type": ["integer", "null"], "minimum": 1},
    },
    "required": ["words"],
    "$defs": {
        "inner": {
            "description": "inside",
            "type": "object",
            "properties": {"deep": {"const": 1, "description": "deep"}},
        }
    },
}


def test_what_is_written_by_hand_is_told_where_it_is_used() -> None:
    """Who writes a file would have to look a key up in several tables, or read the same again and again."""
    (page,) = Fields(_SCHEMA, sections=False, elsewhere={"far": "[there](x.md)"}).parts()
    assert page.splitlines()[2:] == [
        "| `words` | list of texts | required | some |",
        "| `by_name` | mapping from name to mapping |  | by name |",
        "| `by_name.<name>.deep` | `1` |  | deep |",
        "| `again` | mapping |  | another; its fields as in `by_name` |",
        "| `far` | mapping |  | far; see [there](x.md) |",
        "| `share` | number from 0 to 1 | `0.5` |  |",
        "| `either` | whole number, at least 1 |  |  |",
    ]


def test_what_is_read_by_programs_has_a_section_for_each_definition() -> None:
    """Who reads a report would not see that two fields hold the same, or that one may be null."""
    top, heading, about, inner = Fields(_SCHEMA, sections=True, elsewhere={}).parts()
    assert "| `by_name` | mapping from name to [inner](#inner) | by name |" in top
    assert "| `again` | [inner](#inner) or null | another |" in top
    assert "| `either` | whole number, at least 1 or null |  |" in top
    assert (heading, about) == ("## inner", "inside")
    assert "| `deep` | `1` | deep |" in inner


def test_inputs_are_told_with_their_defaults() -> None:
    """A maintainer would not know what holds where nothing is said."""
    inputs = {"draft": {"description": "Drafts.", "default": True}, "name": {"description": "A name."}}
    assert "| `draft` | `true` | Drafts. |\n| `name` |  | A name. |" in jobs.component_text(
        {"spec": {"inputs": inputs}}
    )
    page = jobs.action_text({"inputs": inputs, "outputs": {"result": {"description": "What came of it."}}})
    assert "| `result` | What came of it. |" in page


def test_no_text_ends_a_cell() -> None:
    """One `|` in a description would shift the columns of its row."""
    assert table(("A",), [("a|b\nc",)]) == "| A |\n| --- |\n| a\\|b c |"


def test_links_that_leave_the_folder_lead_to_the_repository(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of the site would follow a link to a file that the site does not have."""
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "examples").mkdir()
    (tmp_path / "LICENSE").write_text("", encoding="utf-8")
    extension = hooks.Leaving(tmp_path / "docs")
    extension.at("sub/page.md")
    links = (
        "[a](../../LICENSE#x) [b](../../examples) [c](../other.md) [d](https://example.com/) [e](#f) [g](../../gone)"
    )
    log = logging.getLogger("mkdocs.hooks.handbook")
    # Libraries that other tests import switch off the loggers that are there, or what these pass on.
    monkeypatch.setattr(log, "disabled", False)
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    monkeypatch.setattr(log, "propagate", False)
    html = Markdown(extensions=[extension]).convert(links)
    main = f"{hooks.REPOSITORY}/blob/main"
    for address in (
        f"{main}/LICENSE#x",
        f"{hooks.REPOSITORY}/tree/main/examples",
        "../other.md",
        "https://example.com/",
        "#f",
    ):
        assert f'href="{address}"' in html
    assert [record.args for record in caplog.records] == [("sub/page.md", "../../gone")]
