"""What a shell asks for when somebody presses Tab, and the list of commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from bot.cli import main

_HEAVY = ("bot.run", "bot.core", "rich", "yaml", "sqlglot", "duckdb", "pydantic")
_PROGRAM = f"""
import sys
from click.shell_completion import ShellComplete
from bot.cli import main
told = ShellComplete(main, {{}}, "proofbot", "_X").get_completions(sys.argv[1].split(), sys.argv[2])
print(*(one.value for one in told))
print(*(name for name in {_HEAVY!r} if name in sys.modules))
"""


def _completed(arguments: list[str], incomplete: str) -> list[str]:
    told = ShellComplete(main, {}, "proofbot", "_PROOFBOT_COMPLETE").get_completions(arguments, incomplete)
    return [one.value for one in told]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project that was compiled once, as working directory."""
    files = {
        "dbt_project.yml": "name: shop\n",
        "models/marts/orders.sql": "",
        "models/marts/orders.yml": "",
        "models/not a model.sql": "",
        "models/$(touch x).sql": "",
        "models/predict.py": "",
        "seeds/countries.csv": "",
        "target/manifest.json": '{"nodes": {"model.shop.orders": {}, "snapshot.shop.orders_history": {}, '
        '"model.shop.dim.v2": {}, "test.shop.unique_orders_id.1": {}, "seed.other.rates": {}}}',
    }
    folder = tmp_path / "shop"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DBT_TARGET_PATH", raising=False)
    monkeypatch.delenv("PROOFBOT_PROJECT_DIR", raising=False)
    return folder


def test_models_come_from_the_manifest_and_from_files(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of a package, or one that was written this minute, could not be completed."""
    everything = ["countries", "dim.v2", "orders", "orders_history", "predict", "rates"]
    assert _completed(["diff"], "") == everything
    assert _completed(["diff"], "ord") == ["orders", "orders_history"]
    monkeypatch.chdir(project / "models" / "marts")
    assert _completed(["diff"], "") == everything
    monkeypatch.chdir(project.parent)
    assert _completed(["diff"], "") == everything
    monkeypatch.chdir("/")
    assert _completed(["diff"], "") == []
    assert _completed(["diff", "--project-dir", str(project)], "pre") == ["predict"]


def test_a_project_that_dbt_has_not_seen_has_its_files(project: Path) -> None:
    """Nothing could be completed in a fresh clone."""
    (project / "target" / "manifest.json").unlink()
    assert _completed(["diff"], "") == ["countries", "orders", "predict"]


def test_commands_and_options_are_completed() -> None:
    """A user would look up what a command is called."""
    assert _completed([], "di") == ["diff"]
    assert "--exit-code" in _completed(["diff", "orders"], "--e")
    assert _completed([], "--ver") == ["--version"]


@pytest.mark.parametrize(
    ("typed", "last", "told"), [("", "di", "diff"), ("diff", "ord", "orders"), ("diff", "--con", "--control --config")]
)
def test_a_tab_does_not_wait_for_what_it_does_not_need(project: Path, typed: str, last: str, told: str) -> None:
    """Each Tab would take a second."""
    (project / "target" / "manifest.json").unlink()
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, typed, last], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.splitlines() == [told, ""]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    """A user would have to find out how click names its variables."""
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert f"_PROOFBOT_COMPLETE={shell}_complete" in done.output
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2


def test_bash_completes(project: Path) -> None:
    """The script would be printed, and do nothing."""
    program = project / "proofbot"
    program.write_text(f"#!{sys.executable}\nfrom bot.__main__ import start\nstart()\n", encoding="utf-8")
    program.chmod(0o755)
    script = """eval "$(proofbot completion bash)"
COMP_WORDS=(proofbot diff orders_); COMP_CWORD=2
_proofbot_completion proofbot
echo "${COMPREPLY[@]}"
"""
    known = {**os.environ, "PATH": f"{project}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, cwd=project, env=known)
    assert done.stdout == "orders_history\n", done.stderr


def test_every_command_is_where_the_list_says() -> None:
    """A command of the list would not start, or be called otherwise than listed."""
    context = Context(main, info_name="proofbot")
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help
    listed = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in listed for name in main.list_commands(context))
    assert main.get_command(context, "nothing") is None


def test_a_command_that_cannot_be_imported_is_no_closed_gate() -> None:
    """CI would take an installation that is broken for a finding, since Python ends with 1, too."""
    program = (
        "import sys; sys.modules['sqlglot'] = None; sys.argv[1:] = ['run']; from bot.__main__ import start; start()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "proofbot: it is not installed completely: " in done.stderr
    assert "Traceback" not in done.stderr
