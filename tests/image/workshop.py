"""Builds images with buildah, without a daemon and without a registry, and starts commands in them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.instructions import ROOT

BASE = "localhost/proofbot-base:bookworm"
_NEEDED = {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils"}
# As much of Debian as the Python image has of it: its Python is another one, its tools are the same.
_PACKAGES = "ca-certificates,python3,python3-pip,python3-venv"
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/man/*")
_ISOLATION = ("--isolation", "chroot")


def check_the_tools() -> None:
    """Fails, and says what to install, where something is missing: whoever calls for these tests wants them run."""
    missing = sorted(package for tool, package in _NEEDED.items() if shutil.which(tool) is None)
    if missing:
        pytest.exit(
            f"to build the image, install {', '.join(missing)} (on Debian: apt-get install buildah mmdebstrap)", 2
        )
    if os.geteuid() != 0:
        pytest.exit("to build the image without a daemon, be root", 2)


def make_base(scratch: Path) -> None:
    """Makes the image that the Dockerfile starts from, unless it is there from an earlier time."""
    if (
        subprocess.run(["buildah", "inspect", "--type", "image", BASE], capture_output=True, check=False).returncode
        == 0
    ):
        return
    archive = scratch / "base.tar"
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    _call(["mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}", *excluded, "bookworm", archive])
    with _container("scratch") as name:
        _call(["buildah", "add", "--quiet", name, archive, "/"])
        _call(["buildah", "commit", "--quiet", name, BASE])
    archive.unlink()


def build(tag: str, file: Path, folder: Path = ROOT, **arguments: str) -> float:
    """Builds an image; returns the seconds it took.

    PROOFBOT_IMAGE_FLAGS are further flags of `buildah bud`, as a shell would split them: what this machine needs to
    reach a package index.
    """
    given = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    flags = shlex.split(os.environ.get("PROOFBOT_IMAGE_FLAGS", ""))
    started = time.monotonic()
    _call(
        [
            "buildah",
            "bud",
            *_ISOLATION,
            "--pull=never",
            "--format",
            "docker",
            "--tag",
            tag,
            *given,
            *flags,
            "--file",
            file,
            folder,
        ]
    )
    return time.monotonic() - started


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command in an image ended, and what it printed on both ways."""

    code: int
    said: str


@dataclass(frozen=True, slots=True)
class Image:
    """A container of an image that was built. It is used for several commands; nothing of it is kept."""

    name: str
    folder: Path

    def run(
        self, *command: str, user: str | None = None, mounts: dict[Path, str] | None = None, at: str = "/work"
    ) -> Ran:
        """Runs a command as the image's user, or another, with folders of ours mounted."""
        volumes = [word for ours, theirs in (mounts or {}).items() for word in ("--volume", f"{ours}:{theirs}")]
        who = ["--user", user] if user else []
        call = ["buildah", "run", *_ISOLATION, *volumes, *who, "--workingdir", at, self.name, "--", *command]
        done = subprocess.run(
            call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=600
        )
        return Ran(done.returncode, done.stdout)

    def script(self, text: str, user: str | None = None) -> Ran:
        """Runs a script as the runners of GitLab do: by a shell in the image."""
        return self.run("sh", "-c", text, user=user)

    def told(self) -> dict[str, object]:
        """The configuration of the image, as Docker reads it."""
        told: dict[str, dict[str, object]] = json.loads(_call(["buildah", "inspect", self.name]))
        configuration = told["Docker"]["config"]
        assert isinstance(configuration, dict)
        return configuration

    @contextmanager
    def first_process(self, command: str, checkout: Path) -> Iterator[FirstProcess]:
        """Starts a command as PID 1 of its own namespace, as container engines do; `buildah run` does not.

        To such a process the kernel gives no default action: a signal that it does not handle does nothing.
        """
        told = self.told()
        variables, user = told["Env"], told["User"]
        assert isinstance(variables, list)
        assert isinstance(user, str)
        inside = ["env", "-i", *map(str, variables), "sh", "-c", f"cd /work && exec {command}"]
        steps = (
            'mount -t proc proc "$1/proc"',
            'mount --rbind /dev "$1/dev"',
            'mount --bind "$2" "$1/work"',
            f'exec chroot --userspec={user} "$1" {shlex.join(inside)}',
        )
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", " && ".join(steps), "sh"]
        with subprocess.Popen(
            [*words, self.folder, checkout], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                yield FirstProcess(process)
            finally:
                process.kill()


@dataclass(frozen=True, slots=True)
class FirstProcess:
    """A PID 1, seen from outside."""

    starter: subprocess.Popen[str]

    def terminate(self) -> Ran:
        """Sends SIGTERM and waits for the end."""
        (first,) = _children(self.starter.pid)
        os.kill(first, signal.SIGTERM)
        said, _ = self.starter.communicate(timeout=60)
        return Ran(self.starter.returncode, said)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Waits two minutes at most; fails if the process ends before."""
        deadline = time.monotonic() + 120
        while not is_so() and self.starter.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if not is_so():
            self.starter.kill()
            pytest.fail(f"it did not come so far:\n{self.starter.communicate()[0]}")


def _children(parent: int) -> list[int]:
    stats = {path: path.read_text(encoding="utf-8") for path in Path("/proc").glob("[0-9]*/stat") if path.exists()}
    return [int(path.parent.name) for path, stat in stats.items() if stat.rpartition(")")[2].split()[1] == str(parent)]


@contextmanager
def started(tag: str) -> Iterator[Image]:
    """A container of an image, which is removed at the end."""
    with _container(tag) as name:
        yield Image(name, Path(_call(["buildah", "mount", name]).strip()))


@contextmanager
def _container(origin: str) -> Iterator[str]:
    name = _call(["buildah", "from", "--pull=never", origin]).strip()
    try:
        yield name
    finally:
        _call(["buildah", "rm", name])


def remove(*tags: str) -> None:
    """Takes images away that were built for a test; those that are not there are let be."""
    subprocess.run(["buildah", "rmi", *tags], capture_output=True, check=False)


def megabytes(tag: str) -> float:
    """How large an image is on the disk, its base counted, in millions of bytes."""
    text = _call(["buildah", "images", "--json", tag])
    number, unit = re.fullmatch(r"([\d.]+) ([KMG]?)B", json.loads(text)[0]["size"]).groups()  # type: ignore[union-attr]
    return float(number) * {"": 1e-6, "K": 1e-3, "M": 1.0, "G": 1e3}[unit]


def _call(command: Sequence[str | Path]) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode != 0:
        pytest.fail(f"{shlex.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}", pytrace=False)
    return done.stdout
