"""The harness itself, on small actions: what it does not do as the runner does, the stories can't show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.command_files import SUMMARY_LIMIT
from tests.action.harness import Job
from tests.action.runs import End, Event, Machine
from tests.action.shells import How, Interruption, Patience

_EVENT = Event("push", {"ref": "refs/heads/main"}, "a" * 40, "refs/heads/main")
_HEAD = """
inputs:
  word: {default: "${{ github.token }}"}
  needed: {required: true}
outputs:
  said: {value: "${{ steps.say.outputs.said || 'nothing' }}"}
runs:
  using: composite
  steps:
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A runner that is not patient."""
    return Machine(tmp_path, environment={"PATH": "/usr/bin:/bin"}, patience=Patience(0.4, 0.4, 0.2))


def _run(machine: Machine, steps: str, interruption: Interruption | None = None, **inputs: object) -> End:
    action = machine.folder / "action.yml"
    action.write_text(_HEAD + steps, encoding="utf-8")
    return Job(machine, _EVENT, interruption=interruption).use(action, {"needed": "yes", **inputs})


def _script(text: str, **more: str) -> str:
    told = "".join(f"      {name}: {value}\n" for name, value in {"id": "say", **more}.items())
    lines = "".join(f"        {line}\n" for line in text.splitlines())
    return f"    - shell: bash\n{told}      run: |\n{lines}"


def test_outputs_of_many_lines_arrive_whole(machine: Machine) -> None:
    """Else a comment's text in an output would be cut, and nobody saw it here."""
    end = _run(machine, _script("printf 'said<<W\\na\\n\\nb=c\\nW\\nx=1\\n' >> $GITHUB_OUTPUT"))
    assert (end.conclusion, end.outputs) == ("success", {"said": "a\n\nb=c"})


def test_a_malformed_output_fails_the_step(machine: Machine) -> None:
    """GitHub fails such a step; a story must not pass with it."""
    end = _run(machine, _script("echo 'no sign' >> $GITHUB_OUTPUT"))
    assert (end.conclusion, end.outputs) == ("failure", {"said": "nothing"})


def test_a_failure_skips_what_follows_except_what_runs_always(machine: Machine) -> None:
    """Else the step that concludes would seem to run where GitHub skips it, or the other way round."""
    steps = _script("exit 3") + _script("true", id="skipped") + _script("true", id="last", **{"if": "always()"})
    end = _run(machine, steps)
    assert [step.conclusion for step in end.steps] == ["failure", "skipped", "success"]
    assert (end.conclusion, end.step("say").code) == ("failure", 3)


def test_a_failing_pipe_or_line_ends_the_script(machine: Machine) -> None:
    """The runner's bash stops at the first failure; scripts must be tried with the same options."""
    end = _run(machine, _script("false | true\necho said=late >> $GITHUB_OUTPUT"))
    assert (end.conclusion, end.outputs) == ("failure", {"said": "nothing"})


def test_a_forgiven_failure_is_none(machine: Machine) -> None:
    """An upload that fails must not change a verdict."""
    end = _run(machine, _script("exit 1", **{"continue-on-error": "true"}))
    assert (end.conclusion, end.step("say").outcome, end.step("say").conclusion) == ("success", "failure", "success")


def test_secrets_are_masked_and_commands_obeyed_only_while_the_runner_listens(machine: Machine) -> None:
    """Else a story could not tell that data which prints commands is harmless."""
    words = """
    echo "::add-mask::hidden"
    echo "::error file=a.sql,line=3,title=a%2Cb::first%0Asecond hidden"
    echo "::stop-commands::until"
    echo "::error::of the data"
    echo "##[error]of the data, too"
    echo "::until::"
    echo "::warning::heard again"
    echo "the token $WORD"
    """
    end = _run(machine, _script(words) + "      env: {WORD: '${{ inputs.word }}'}\n")
    assert [(one.kind, one.text) for one in end.console.annotations] == [
        ("error", "first\nsecond ***"),
        ("warning", "heard again"),
    ]
    assert end.console.annotations[0].told == {"file": "a.sql", "line": "3", "title": "a,b"}
    assert "the token ***" in end.log
    assert "::error::of the data" in end.log


def test_ten_annotations_of_a_kind_are_shown(machine: Machine) -> None:
    """GitHub drops the others; a story must count what people see."""
    end = _run(machine, _script('for n in {1..12}; do echo "::warning::$n"; echo "::error::$n"; done'))
    assert len(end.console.annotations) == 20


def test_a_summary_beyond_the_limit_is_lost(machine: Machine) -> None:
    """GitHub drops the whole page; a story must see it missing."""
    end = _run(machine, _script(f"head -c {SUMMARY_LIMIT + 1} /dev/zero | tr '\\0' x >> $GITHUB_STEP_SUMMARY"))
    assert (end.conclusion, end.summary) == ("success", "")
    assert "upload aborted" in end.log


def test_unknown_and_missing_inputs_are_errors(machine: Machine) -> None:
    """GitHub only warns; an example with a misspelt input must not pass."""
    with pytest.raises(AssertionError, match="no input"):
        _run(machine, _script("true"), wrd="x")
    with pytest.raises(AssertionError, match="needs the input"):
        _run(machine, _script("true"), needed="")


_WORK = "trap 'echo interrupted; exit 5' INT\ntouch $RUNNER_TEMP/started\nwhile true; do sleep 0.05; done"
_DEAF = "trap '' INT TERM\n(trap '' INT TERM; sleep 60) &\ntouch $RUNNER_TEMP/started\nwhile true; do sleep 0.05; done"


def _when_started(machine: Machine, how: How = How.CANCEL) -> Interruption:
    return Interruption("say", (machine.temp / "started").exists, how)


def test_a_cancelled_step_is_interrupted_and_what_runs_always_follows(machine: Machine) -> None:
    """This is all that proofbot gets when somebody presses Cancel."""
    last = _script("true", id="last", **{"if": "always()"}) + _script("true", id="no", **{"if": "'!cancelled()'"})
    end = _run(machine, _script(_WORK) + last, _when_started(machine))
    assert (end.conclusion, end.step("say").signals, end.step("say").code) == ("cancelled", ("SIGINT",), 5)
    assert [step.conclusion for step in end.steps] == ["cancelled", "success", "skipped"]


def test_a_program_behind_the_shell_hears_nothing_without_exec(machine: Machine) -> None:
    """Why the running step of action.yml ends in `exec`: this is what would happen without."""
    python = f"import pathlib, time; pathlib.Path('{machine.temp}/started').touch(); time.sleep(60)"
    command = f'python3 -c "{python}"'
    end = _run(machine, _script(f"{command}\ntrue"), _when_started(machine))
    assert end.step("say").signals == ("SIGINT", "SIGTERM")
    assert any("python3" in orphan for orphan in end.orphans)
    end = _run(machine, _script(f"exec {command}"), _when_started(machine))
    assert (end.step("say").signals, end.orphans) == (("SIGINT",), ())


def test_who_ignores_all_signals_is_killed_with_its_children(machine: Machine) -> None:
    """The runner leaves nothing of a tree that does not end."""
    end = _run(machine, _script(_DEAF), _when_started(machine))
    assert end.step("say").signals == ("SIGINT", "SIGTERM", "SIGKILL")
    assert end.orphans == ()


def test_a_killed_step_fails_and_its_orphans_are_found(machine: Machine) -> None:
    """Else a story could not say that proofbot left no process behind."""
    end = _run(
        machine, _script(_DEAF) + _script("true", id="last", **{"if": "failure()"}), _when_started(machine, How.KILL)
    )
    assert (end.conclusion, end.step("last").conclusion) == ("failure", "success")
    assert any("sleep 60" in orphan for orphan in end.orphans)
