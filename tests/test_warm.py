"""A warm program does as a cold one does. Hundreds of stories are told with it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.warm import Warm

# Says what it was given, and ends as it is told.
_PROBE = """
import atexit, json, os, random, subprocess, sys, time

def main():
    told = {
        "arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ), "stdin": sys.stdin.read(),
        "hour": time.localtime(0).tm_hour, "group": os.getpgid(0), "id": os.getpid(), "chance": random.random(),
    }
    print(json.dumps(told), flush=True)
    print("an error", file=sys.stderr)
    os.close(os.open("made", os.O_CREAT, 0o666))
    atexit.register(lambda: open("last", "w").close())
    how = sys.argv[1]
    if how == "hang":
        subprocess.run(["sleep", "300"])
    sys.exit(eval(how))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command of a warm program."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "probe.py").write_text(_PROBE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("ONLY_THE_SERVERS", "1")
        warm = Warm("probe", "probe:main", ["json", "no_such_module"], version="1.2.3")
    yield warm.path
    warm.end()
    assert not warm.path.exists()


def _call(probe: Path, folder: Path, how: str, **about: Any) -> subprocess.CompletedProcess[str]:
    call = [str(probe), how, "--a b"]
    return subprocess.run(call, cwd=folder, input="some words", capture_output=True, text=True, check=False, **about)


def test_a_call_has_what_its_caller_has(probe: Path, tmp_path: Path) -> None:
    """The stories would be told of a dbt that sees what proofbot hides from it, or works in another folder."""
    given: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "TZ": "UTC-5", "LC_CTYPE": "C.UTF-8"}
    done = _call(probe, tmp_path, "0", env=given, umask=0o077)
    assert (done.returncode, done.stderr) == (0, "an error\n")
    told = json.loads(done.stdout)
    assert (told["arguments"], told["folder"]) == (["0", "--a b"], str(tmp_path))
    assert (told["environment"], told["stdin"], told["hour"]) == (given, "some words", 5)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "last").exists()
    other = json.loads(_call(probe, tmp_path, "0").stdout)
    assert other["id"] != told["id"] == told["group"]
    assert other["chance"] != told["chance"]


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [("None", 0, "an error\n"), ("2", 2, "an error\n"), ("'no'", 1, "an error\nno\n"), ("1/0", 1, "ZeroDivisionError")],
)
def test_it_ends_as_its_program_does(probe: Path, tmp_path: Path, how: str, code: int, words: str) -> None:
    """A story would take a dbt that failed for one that worked."""
    done = _call(probe, tmp_path, how)
    assert done.returncode == code
    assert words in done.stderr


def test_its_version_is_told_without_a_call(probe: Path) -> None:
    """Each run of a story would wait for dbt to look for newer versions of itself."""
    done = subprocess.run([str(probe), "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1.2.3\n")


def test_a_call_ends_with_its_caller(probe: Path, tmp_path: Path) -> None:
    """What a story stops would go on working, and write into the folders of the next one."""
    with subprocess.Popen(
        [str(probe), "hang"], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as caller:
        assert caller.stdout is not None
        group = json.loads(caller.stdout.readline())["group"]
        os.killpg(group, 0)
        caller.kill()
        caller.stdout.read()  # until nobody holds it any more: neither the call nor what it has started


def test_a_call_that_is_killed_is_a_failure(probe: Path, tmp_path: Path) -> None:
    """A story would take a dbt that ran out of memory for one that worked."""
    done = _call(probe, tmp_path, "os.kill(0, 9)")
    assert done.returncode == 1
    assert "was killed" in done.stderr
    assert _call(probe, tmp_path, "0").returncode == 0
