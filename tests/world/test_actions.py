"""Tests of bot/world/actions.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import EnvironmentFailure
from bot.world import actions


def _parse(text: str) -> dict[str, str]:
    """Reads a file of outputs as the runner does: `name=value`, or `name<<delimiter` up to a line that equals it."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    while lines:
        line = lines.pop(0)
        equals, here = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (here < 0 or equals < here):
            found[line[:equals]] = line[equals + 1 :]
            continue
        assert here > 0, f"the runner would stop at {line!r}"
        delimiter, value = line[here + 2 :], list[str]()
        while lines[0] != delimiter:
            value.append(lines.pop(0))
        lines.pop(0)
        found[line[:here]] = "\n".join(value)
    return found


def _text(file: Path) -> str:
    return file.read_bytes().decode()


def test_outputs_are_read_back_as_they_were(tmp_path: Path) -> None:
    """Later steps would get another result, or none."""
    file = tmp_path / "output"
    environment = {"GITHUB_OUTPUT": str(file)}
    outputs = {"result": "failure", "comment-url": "", "report": "a\nresult=success\r\n\n<<EOF\n"}
    actions.set_outputs(environment, outputs)
    actions.set_outputs(environment, {"superseded": "false"})
    assert _parse(_text(file)) == {**outputs, "superseded": "false"}


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,5}", fullmatch=True), st.text(), max_size=3))
def test_no_value_becomes_another_output(tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, str]) -> None:
    """A branch's name could set the output on which a later step decides."""
    file = tmp_path_factory.mktemp("step") / "output"
    actions.set_outputs({"GITHUB_OUTPUT": str(file)}, outputs)
    assert _parse(_text(file) if file.exists() else "") == outputs


def test_nobody_can_guess_where_a_value_ends(tmp_path: Path) -> None:
    """A value that holds the end of another run's value would end its own."""
    file = tmp_path / "output"
    environment = {"GITHUB_OUTPUT": str(file)}
    actions.set_outputs(environment, {"first": "x"})
    before = _text(file)
    actions.set_outputs(environment, {"second": before})
    assert _parse(_text(file)) == {"first": "x", "second": before}


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a<<b", "a\nb", "1a"])
def test_a_wrong_name_is_refused(tmp_path: Path, name: str) -> None:
    """The runner would end the job over a line that it can't read."""
    with pytest.raises(ValueError, match="no name of an output"):
        actions.set_outputs({"GITHUB_OUTPUT": str(tmp_path / "output")}, {name: "x"})
    assert not (tmp_path / "output").exists()


def test_a_summary_is_appended(tmp_path: Path) -> None:
    """What an earlier part said would be gone, or its letters be broken."""
    file = tmp_path / "summary"
    file.write_text("# Größe\n", encoding="utf-8")
    actions.append_summary({"GITHUB_STEP_SUMMARY": str(file)}, "→ \ud800 ok\n")
    assert _text(file) == "# Größe\n→ ? ok\n"


def test_a_summary_is_never_longer_than_github_takes(tmp_path: Path) -> None:
    """GitHub would throw away the whole summary, and nobody would be told."""
    file = tmp_path / "summary"
    environment = {"GITHUB_STEP_SUMMARY": str(file)}
    with pytest.raises(ValueError, match="1,048,577 bytes"):
        actions.append_summary(environment, "ä" * (actions.LONGEST_SUMMARY // 2) + "a")
    assert _text(file) == ""
    actions.append_summary(environment, "ä" * (actions.LONGEST_SUMMARY // 2))
    assert file.stat().st_size == 1_048_576
    with pytest.raises(ValueError, match="1,048,577 bytes"):
        actions.append_summary(environment, "a")
    assert file.stat().st_size == 1_048_576


@pytest.mark.parametrize("environment", [{}, {"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": ""}])
def test_outside_of_a_job_nothing_happens(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run at home would fail; or it would write to the files of the job that it happens to run in."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    actions.set_outputs(environment, {"result": "failure"})
    actions.append_summary(environment, "# Report")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """It would end in a traceback."""
    with pytest.raises(EnvironmentFailure, match="GITHUB_OUTPUT") as caught:
        actions.set_outputs({"GITHUB_OUTPUT": str(tmp_path)}, {"result": "failure"})
    assert caught.value.where == str(tmp_path)
