"""Child processes: what they say arrives, and none of them outlives the run."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from bot.errors import EnvironmentFailure, Interrupted
from bot.world.processes import Children, Ended

_SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_SLEEPER!r}])"


def _run(children: Children, code: str, folder: Path, lines: list[str] | None = None) -> Ended:
    said: list[str] = [] if lines is None else lines
    return children.run([sys.executable, "-c", code], folder, os.environ, said.append)


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def _ends(pid: int) -> bool:
    """Whether a process is gone soon; it is not left behind if it isn't."""
    for _ in range(100):
        if not _alive(pid):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def test_output_and_end_are_told(tmp_path: Path) -> None:
    """What dbt says would be lost, and with it every result."""
    lines: list[str] = []
    code = "import sys; print('one'); print(); print('two', end=''); print('bad', file=sys.stderr); sys.exit(7)"
    assert _run(Children(), code, tmp_path, lines) == Ended(7, "bad\n")
    assert lines == ["one", "", "two"]


def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    """A build of an hour would show no progress until its end."""
    answer = tmp_path / "answer"
    os.mkfifo(answer)
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if line == "question":
            answer.write_text("heard")

    code = f"print('question', flush=True); print(open({str(answer)!r}).read())"
    assert Children().run([sys.executable, "-c", code], tmp_path, os.environ, hear).code == 0
    assert lines == ["question", "heard"]


def test_folder_and_environment_are_the_given_ones(tmp_path: Path) -> None:
    """Relative paths in models would be read from the wrong folder, or the caller's settings leak in."""
    lines: list[str] = []
    code = "import os; print(os.getcwd()); print(os.environ.get('GIVEN'), os.environ.get('HOME'))"
    Children().run([sys.executable, "-c", code], tmp_path, {"GIVEN": "yes"}, lines.append)
    assert lines == [str(tmp_path), "yes None"]


def test_odd_bytes_and_much_of_them_arrive(tmp_path: Path) -> None:
    """A model's message in another encoding, or a long one on stderr, would end or block the run."""
    lines: list[str] = []
    code = "import sys; sys.stderr.buffer.write(b'x\\xe9' * 200_000); sys.stdout.buffer.write(b'a\\xe9b\\n')"
    ended = _run(Children(), code, tmp_path, lines)
    assert ended.code == 0
    assert len(ended.stderr) == 400_000
    assert lines == ["a\ufffdb"]


def test_nothing_can_be_asked_of_the_user(tmp_path: Path) -> None:
    """A program that asks for a password would wait for ever."""
    lines: list[str] = []
    _run(Children(), "import sys; print(repr(sys.stdin.read()))", tmp_path, lines)
    assert lines == ["''"]


@pytest.mark.parametrize("kind", ["missing", "not executable"])
def test_a_command_that_cannot_be_started_is_a_failure_with_a_remedy(tmp_path: Path, kind: str) -> None:
    """A wrong PROOFBOT_DBT would be a crash."""
    command = tmp_path / "dbt"
    if kind == "not executable":
        command.write_text("")
    with pytest.raises(EnvironmentFailure, match="could not be started") as caught:
        Children().run([str(command)], tmp_path, os.environ, print)
    assert caught.value.remedy


def _in_the_background(children: Children, code: str, folder: Path) -> tuple[threading.Thread, list[str], list[object]]:
    """Starts a process in a thread, waits for its first line, returns thread, lines and how it ended."""
    lines: list[str] = []
    ended: list[object] = []
    spoke = threading.Event()

    def hear(line: str) -> None:
        lines.append(line)
        spoke.set()

    def work() -> None:
        try:
            ended.append(children.run([sys.executable, "-c", code], folder, os.environ, hear))
        except BaseException as error:  # noqa: BLE001 (told to the test)
            ended.append(error)
        finally:
            spoke.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert spoke.wait(60)
    return thread, lines, ended


def test_stop_ends_children_and_grandchildren(tmp_path: Path) -> None:
    """After Ctrl-C, dbt's own children would go on writing into files that are being removed."""
    children = Children()
    thread, lines, ended = _in_the_background(children, _PARENT, tmp_path)
    grandchild = int(lines[0])
    assert _alive(grandchild)
    children.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert _ends(grandchild)
    assert isinstance(ended[0], Interrupted)


def test_stop_ends_those_that_ignore_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that takes no notice of SIGINT would keep the run from ending."""
    monkeypatch.setattr("bot.world.processes._GRACE_SECONDS", 0.2)
    children = Children()
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{_PARENT}"
    thread, lines, ended = _in_the_background(children, code, tmp_path)
    children.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert _ends(int(lines[0]))
    assert isinstance(ended[0], Interrupted)


def test_stop_asks_before_it_kills(tmp_path: Path) -> None:
    """dbt could not close its database, and would leave a log behind."""
    said = tmp_path / "said"
    code = (
        "import signal, sys\n"
        f"def end(*_): open({str(said)!r}, 'w').write('goodbye'); sys.exit()\n"
        "signal.signal(signal.SIGINT, end)\n"
        "print('ready', flush=True)\n"
        "signal.pause()"
    )
    children = Children()
    thread, _, _ = _in_the_background(children, code, tmp_path)
    children.stop()
    thread.join(60)
    assert said.read_text() == "goodbye"


def test_nothing_starts_after_the_stop(tmp_path: Path) -> None:
    """A thread that comes late would start a build nobody waits for."""
    children = Children()
    children.stop()
    with pytest.raises(Interrupted):
        _run(children, f"open({str(tmp_path / 'ran')!r}, 'w')", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_listener_that_fails_leaves_no_process_behind(tmp_path: Path) -> None:
    """An error while reading dbt's output would leave dbt running."""
    seen: list[int] = []

    def fail(line: str) -> None:
        seen.append(int(line))
        raise RuntimeError("cannot read this")

    with pytest.raises(RuntimeError, match="cannot read this"):
        Children().run([sys.executable, "-c", _PARENT], tmp_path, os.environ, fail)
    assert _ends(seen[0])


def test_the_terminal_does_not_reach_the_children(tmp_path: Path) -> None:
    """Ctrl-C would hit dbt and proofbot at once, and dbt's half-finished answer be taken for one."""
    lines: list[str] = []
    _run(Children(), "import os; print(os.getpgid(0), os.getsid(0), os.getpid())", tmp_path, lines)
    group, session, pid = lines[0].split()
    assert group == session == pid
    assert int(group) != os.getpgid(0)


def test_an_end_by_a_signal_is_told(tmp_path: Path) -> None:
    """dbt killed for want of memory would count as finished."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert _run(Children(), code, tmp_path).code == -signal.SIGKILL
