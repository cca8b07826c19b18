"""The actions of others that ours uses, as stand-ins: what they would do, as far as it can be seen from outside.

The cache follows GitHub's rules of sight: a run sees what its own branch saved, then what the default branch saved; the
newest of those whose key starts as asked. An artifact is kept as a ZIP, and a name is good for once in a run.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FORBIDDEN = re.compile(r'[":<>|*?\r\n\\/]')
_PINNED = re.compile(r"(?P<name>[\w.-]+/[\w./-]+)@[0-9a-f]{40}")


class Failed(Exception):
    """The action failed, and with it the step."""


@dataclass(frozen=True)
class Kept:
    """An entry of the cache: on which ref it was saved, under which key and paths, and the files in an archive."""

    ref: str
    key: str
    paths: tuple[str, ...]
    archive: bytes


@dataclass(frozen=True)
class Artifact:
    """An artifact: its run, its name, and the ZIP."""

    run: int
    name: str
    archive: bytes


@dataclass
class Used:
    """What an action of others was given."""

    name: str
    inputs: Mapping[str, str]


@dataclass
class Services:
    """What GitHub keeps beside the repository, for all runs: cache and artifacts. `used` is in order.

    `on_artifact` is told of every artifact; `on_checkout` makes the checkout of a workspace.
    """

    cache: list[Kept] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    on_artifact: Callable[[Artifact], None] | None = None
    on_checkout: Callable[[Call], None] | None = None

    def inputs_of(self, name: str) -> list[Mapping[str, str]]:
        """What an action was given, each time it was used."""
        return [used.inputs for used in self.used if used.name == name]


@dataclass(frozen=True)
class Call:
    """One use of an action: what it is given, and by a run on which ref and commit, in which workspace and machine."""

    inputs: Mapping[str, str]
    run: int
    ref: str
    commit: str
    default_ref: str
    workspace: Path
    machine: Path

    def places(self) -> tuple[str, ...]:
        """The paths that are cached, as they would be on any machine: those of GitHub are all alike."""
        lines = (line.strip() for line in self.inputs["path"].splitlines())
        return tuple(str(Path(line).relative_to(self.machine)) for line in lines if line)


def use(uses: str, call: Call, services: Services) -> Mapping[str, str]:
    """Does what the action would do.

    Returns:
        its outputs.

    Raises:
        Failed: it would fail.
        AssertionError: it is not pinned by its commit, or there is no stand-in for it.
    """
    pinned = _PINNED.fullmatch(uses)
    assert pinned, f"{uses} is not pinned by the hash of a commit"
    does = _STAND_INS.get(pinned["name"])
    assert does, f"there is no stand-in for {uses}"
    services.used.append(Used(pinned["name"], call.inputs))
    return does(call, services)


def _set_up_python(call: Call, services: Services) -> Mapping[str, str]:  # noqa: ARG001 (all are called alike)
    """The Python of the tests, whichever is asked for. The job's own environment must stay as it is."""
    assert call.inputs["update-environment"] == "false"
    python = Path(sys.executable).resolve()
    return {"python-version": call.inputs["python-version"], "python-path": str(python)}


def _check_out(call: Call, services: Services) -> Mapping[str, str]:
    assert services.on_checkout, "this runner has no repository"
    services.on_checkout(call)
    return {}


def _upload(call: Call, services: Services) -> Mapping[str, str]:
    name, root = call.inputs["name"], Path(call.inputs["path"])
    if not name or _FORBIDDEN.search(name):
        raise Failed(f"The artifact name is not valid: {name}")
    if any((kept.run, kept.name) == (call.run, name) for kept in services.artifacts):
        raise Failed("Failed to CreateArtifact: an artifact with this name already exists on the workflow run")
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        return {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(root).as_posix())
    artifact = Artifact(call.run, name, buffer.getvalue())
    services.artifacts.append(artifact)
    if services.on_artifact:
        services.on_artifact(artifact)
    return {"artifact-id": str(len(services.artifacts))}


def _restore(call: Call, services: Services) -> Mapping[str, str]:
    key = call.inputs["key"]
    prefixes = [line for line in call.inputs.get("restore-keys", "").splitlines() if line]
    for ref in dict.fromkeys((call.ref, call.default_ref)):
        seen = [kept for kept in reversed(services.cache) if (kept.ref, kept.paths) == (ref, call.places())]
        exact = [kept for kept in seen if kept.key == key]
        for found in exact + [kept for prefix in prefixes for kept in seen if kept.key.startswith(prefix)]:
            with tarfile.open(fileobj=io.BytesIO(found.archive)) as archive:
                archive.extractall(call.machine, filter="tar")
            hit = "true" if found.key == key else "false"
            return {"cache-hit": hit, "cache-matched-key": found.key, "cache-primary-key": key}
    return {"cache-hit": "", "cache-matched-key": "", "cache-primary-key": key}


def _save(call: Call, services: Services) -> Mapping[str, str]:
    key, places = call.inputs["key"], call.places()
    taken = any((kept.ref, kept.key, kept.paths) == (call.ref, key, places) for kept in services.cache)
    there = [place for place in places if (call.machine / place).exists()]
    if taken or not there:
        return {}  # a warning, on GitHub
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for place in there:
            archive.add(call.machine / place, place)
    services.cache.append(Kept(call.ref, key, places, buffer.getvalue()))
    return {}


def clean(folder: Path) -> None:
    """Empties a folder, as the runner does with its temporary one before a job."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


_STAND_INS: Mapping[str, Callable[[Call, Services], Mapping[str, str]]] = {
    "actions/cache/restore": _restore,
    "actions/cache/save": _save,
    "actions/checkout": _check_out,
    "actions/setup-python": _set_up_python,
    "actions/upload-artifact": _upload,
}
