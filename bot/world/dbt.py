"""dbt, by its command line and its JSON artifacts. Nothing of dbt is imported.

Each twin has its own target and log folder; every invocation is a process of its own. Flags and artifacts:
https://docs.getdbt.com/reference/global-configs/about-global-configs and
https://docs.getdbt.com/reference/artifacts/dbt-artifacts.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain import NodeResult, Side
from bot.errors import EnvironmentFailure, UsageError
from bot.world.processes import Children
from bot.world.secrets import mask
from bot.world.workspace import SideFolders

_OLDEST, _TOO_NEW = (1, 8), (1, 13)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FAILED_HOOK = re.compile(r"\b(on-run-(?:start|end)) failed")
_GOOD = frozenset({"success", "pass", "warn", "no-op"})
# dbt code is code, and the request's: what proofbot needs to speak to the forge and the runner is kept from it.
_TOKENS = frozenset({"PROOFBOT_GITHUB_TOKEN", "PROOFBOT_GITLAB_TOKEN"})
_NOT_FOR_CODE = frozenset(
    _TOKENS
    | {"ACTIONS_RUNTIME_TOKEN"}
    | {f"GITHUB_{name}" for name in ("ENV", "OUTPUT", "PATH", "STATE", "STEP_SUMMARY")}
)
# With it dbt fetches packages from GitLab. It ends with the job, writes no notes, and stands in the checkout's remote.
_FOR_CODE = "CI_JOB_TOKEN"
_MISSING_ENV_VAR = re.compile(r"Env var required but not provided: '([^']+)'")
# Settings of dbt that would change what a build does; the twins must not depend on the caller's shell.
_STEERING = """
    DEFER STATE FAVOR_STATE DEFER_STATE FULL_REFRESH EMPTY SAMPLE FAIL_FAST INDIRECT_SELECTION STORE_FAILURES
    WRITE_JSON PARTIAL_PARSE PARTIAL_PARSE_FILE_PATH LOG_FORMAT LOG_FORMAT_FILE LOG_LEVEL QUIET PRINT RESOURCE_TYPES
    EXCLUDE_RESOURCE_TYPES TARGET_PATH LOG_PATH PROJECT_DIR PROFILES_DIR PROFILE TARGET CACHE_SELECTED_ONLY
    POPULATE_CACHE INTROSPECT EVENT_TIME_START EVENT_TIME_END DEBUG EXPORT_SAVED_QUERIES WARN_ERROR
    WARN_ERROR_OPTIONS USE_COLORS CLEAN_PROJECT_FILES_ONLY UPLOAD_ARTIFACTS PACKAGES_INSTALL_PATH
"""
_FLAGS = (
    "--no-use-colors",
    "--log-format",
    "json",
    "--write-json",
    "--no-fail-fast",
    "--no-send-anonymous-usage-stats",
)


@dataclass(frozen=True)
class Toolchain:
    """The dbt that will be run: its command, its version, and the versions of its adapters by name."""

    command: tuple[str, ...]
    version: str
    adapters: Mapping[str, str]


@dataclass(frozen=True)
class NodeEvent:
    """dbt has finished with one node: which of how many, its word on it, and seconds."""

    side: Side
    unique_id: str
    index: int
    total: int
    status: str
    seconds: float


class DbtFailed(Exception):
    """An invocation of dbt ended without a result: on which side, which command, and what dbt said."""

    def __init__(self, side: Side, command: str, words: str) -> None:
        super().__init__(words)
        self.side = side
        self.command = command
        self.words = words


def find_toolchain() -> Toolchain:
    """The dbt to use: `PROOFBOT_DBT`, else the one beside this Python, else the first on the PATH.

    Raises:
        EnvironmentFailure: there is none, or its version is not supported.
    """
    beside = Path(sys.executable).parent / "dbt"
    named = os.environ.get("PROOFBOT_DBT")
    found = shutil.which(named) or named if named else str(beside) if beside.exists() else shutil.which("dbt")
    if not found:
        raise EnvironmentFailure(
            "dbt is not installed",
            remedy="Install it beside proofbot with your adapter: `pip install 'proofbot[duckdb]'`; or name one by the "
            "environment variable PROOFBOT_DBT.",
        )
    found = str(Path(found).absolute())  # it will be started in other folders
    toolchain = _of_this_python(found) if found == str(beside) else _by_asking(found)
    numbers = tuple(int(part) for part in re.findall(r"\d+", toolchain.version)[:2])
    if not _OLDEST <= numbers < _TOO_NEW:
        raise EnvironmentFailure(
            f"dbt-core {toolchain.version} is not supported",
            where=found,
            remedy="Install a version from 1.8 to 1.12: `pip install 'dbt-core>=1.8,<1.13'`.",
        )
    return toolchain


def require_adapter(toolchain: Toolchain, adapter: str) -> str:
    """The version of an adapter.

    Raises:
        EnvironmentFailure: it is not installed; names the package.
    """
    version = toolchain.adapters.get(adapter.replace("-", "_"))
    if version is None:
        raise EnvironmentFailure(
            f"the profile needs the dbt adapter {adapter!r}, which is not installed beside {toolchain.command[0]}",
            remedy=f"Install it there: `pip install dbt-{adapter.replace('_', '-')}`; the action does it where its "
            "input `dbt-adapter` names it.",
        )
    return version


class Dbt:
    """dbt for one run: both twins, one profile and target.

    Args:
        toolchain: which dbt.
        children: where its processes are registered, so that they can be stopped.
        profile: name of the profile.
        target: name of the target.
        variables: the text of `--vars`, or an empty string.
        on_event: is told of every finished node.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        children: Children,
        *,
        profile: str,
        target: str,
        variables: str,
        on_event: Callable[[NodeEvent], None],
    ) -> None:
        self._toolchain = toolchain
        self._children = children
        self._common = ("--profile", profile, "--target", target, *(("--vars", variables) if variables else ()))
        self._on_event = on_event
        self.invocations = 0

    def install_packages(self, folders: SideFolders) -> None:
        """Runs `dbt deps`.

        Raises:
            EnvironmentFailure: it failed.
        """
        code, words = self._run(folders, "deps")
        if code != 0:
            raise EnvironmentFailure(
                f"`dbt deps` failed for {folders.side}: {_first_line(words)}",
                remedy="Run `dbt deps` in your checkout (installed packages are taken from there when they fit), or "
                "give this machine access to the package registry.",
            )

    def parse(self, folders: SideFolders) -> dict[str, Any]:
        """Parses the project of a twin.

        Returns:
            the content of manifest.json.

        Raises:
            DbtFailed: it does not parse.
            UsageError: an environment variable is missing.
        """
        code, words = self._run(folders, "parse")
        if code != 0:
            missing = _MISSING_ENV_VAR.search(words)
            if missing:
                raise UsageError(
                    f"the dbt project at {folders.side} needs the environment variable {missing[1]}",
                    remedy=f"Set {missing[1]}, or give it a default in the project: `env_var('{missing[1]}', '...')`.",
                )
            raise DbtFailed(folders.side, "parse", words)
        manifest: dict[str, Any] = _read_json(folders.target / "manifest.json")
        return manifest

    def compile(self, folders: SideFolders, selectors: Sequence[str]) -> Mapping[str, str]:
        """Compiles nodes.

        Returns:
            compiled SQL by unique id; nodes that do not compile are absent.
        """
        self._run(folders, "compile", "--select", *selectors)
        results = _read_json(folders.target / "run_results.json", absent={"results": []})["results"]
        compiled = {entry["unique_id"]: entry.get("compiled_code") for entry in results if entry["status"] == "success"}
        return {uid: code for uid, code in compiled.items() if code}

    def build(self, folders: SideFolders, selectors: Sequence[str]) -> Mapping[str, NodeResult]:
        """Builds seeds, snapshots, models and functions, without tests.

        Returns:
            what dbt said of each, by unique id; hooks (`operation.`) are among them.

        Raises:
            DbtFailed: dbt ended before it built anything (a hook that fails, a database it cannot open).
        """
        excluded = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        return self._execute(folders, "build", *excluded, "--select", *selectors)

    def test(self, folders: SideFolders, selectors: Sequence[str]) -> Mapping[str, NodeResult]:
        """Runs tests; see `build`."""
        return self._execute(folders, "test", "--select", *selectors)

    def _execute(self, folders: SideFolders, command: str, *arguments: str) -> Mapping[str, NodeResult]:
        code, words = self._run(folders, command, *arguments)
        found = _read_json(folders.target / "run_results.json", absent=None)
        if found is None:
            raise DbtFailed(folders.side, command, words or f"dbt ended with {code} and without run_results.json")
        results = {
            entry["unique_id"]: NodeResult(
                unique_id=entry["unique_id"],
                status=str(entry["status"]),
                message=mask(_without_places(folders, str(entry.get("message") or ""))),
                seconds=float(entry.get("execution_time") or 0.0),
                failures=entry.get("failures"),
                compiled=entry.get("compiled_code") or "",
            )
            for entry in found["results"]
        }
        return {**results, **_untold(code, words, results)}

    def _run(self, folders: SideFolders, command: str, *arguments: str) -> tuple[int, str]:
        (folders.target / "run_results.json").unlink(missing_ok=True)
        errors: list[str] = []
        said: list[str] = []

        def read(line: str) -> None:
            event = _as_event(line)
            if event is None:
                said.append(line)
                return
            info, data = event.get("info", {}), event.get("data", {})
            if info.get("level") == "error":
                errors.append(_ANSI.sub("", str(info.get("msg", ""))))
            finished = _as_finished(folders.side, data) if str(info.get("name", "")).endswith("Result") else None
            if finished:
                self._on_event(finished)

        full = [*self._toolchain.command, command, *_FLAGS, *self._common]
        full += ["--project-dir", str(folders.project), "--profiles-dir", str(folders.profiles)]
        full += ["--log-path", str(folders.logs), *arguments]
        if command != "deps":  # which does not know it
            full += ["--target-path", str(folders.target)]
        self.invocations += 1
        ended = self._children.run(full, folders.project, _environment(), read)
        words = "\n".join(errors) or "\n".join(said[-30:]) + "\n" + ended.stderr[-4000:]
        return ended.code, mask(_without_places(folders, words).strip())


def _without_places(folders: SideFolders, words: str) -> str:
    """Words of dbt's without where our folders lie: that is nobody's business, and another place in each run."""
    words = re.sub(r"\n\s*compiled code at " + re.escape(str(folders.target)) + r"\S*", "", words)
    return words.replace(str(folders.project) + os.sep, "")


def _untold(code: int, words: str, results: Mapping[str, NodeResult]) -> Mapping[str, NodeResult]:
    """A failure that dbt told of in words only, as a result: 1.8 keeps failed hooks out of run_results.json."""
    hook = _FAILED_HOOK.search(words)
    told = any(result.status not in _GOOD for result in results.values())
    if code == 0 or (told and not hook) or any(uid.startswith("operation.") for uid in results):
        return {}
    uid = f"operation.{hook[1] if hook else 'dbt'}"
    return {uid: NodeResult(uid, "error", words)}


def differ(base: Path, head: Path) -> bool:
    """Whether two files differ in content, or may differ: one that cannot be read differs from any other."""
    try:
        with base.open("rb") as left, head.open("rb") as right:
            while True:
                block = left.read(1 << 20)
                if block != right.read(1 << 20):
                    return True
                if not block:
                    return False
    except OSError:
        return True


def _of_this_python(found: str) -> Toolchain:
    versions = {
        (entry.metadata["Name"] or "").lower().replace("-", "_"): entry.version
        for entry in importlib.metadata.distributions()
    }
    if "dbt_core" not in versions:
        return _by_asking(found)
    adapters = {name.removeprefix("dbt_"): version for name, version in versions.items() if name.startswith("dbt_")}
    return Toolchain((found,), versions["dbt_core"], adapters)


def _by_asking(found: str) -> Toolchain:
    try:
        done = subprocess.run(  # noqa: S603
            [found, "--version"], capture_output=True, text=True, timeout=120, check=False, env=_environment()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailure(
            f"`{found} --version` failed: {error}",
            remedy="Name a working dbt by the environment variable PROOFBOT_DBT.",
        ) from None
    text = _ANSI.sub("", done.stdout + done.stderr)
    core = re.search(r"installed:\s*v?(\d+\.\d+\S*)", text)
    if core is None:
        raise EnvironmentFailure(
            f"`{found} --version` did not name a version of dbt-core",
            remedy="Name a dbt-core by the environment variable PROOFBOT_DBT; the dbt Cloud CLI will not do.",
        )
    adapters = dict(re.findall(r"^\s*-\s*(\w+):\s*(\d\S*)", text, re.MULTILINE))
    return Toolchain((found,), core[1], adapters)


def _environment() -> dict[str, str]:
    dropped = {f"{prefix}_{name}" for name in _STEERING.split() for prefix in ("DBT", "DBT_ENGINE")}
    dropped |= _NOT_FOR_CODE
    if os.environ.get("GITLAB_CI") == "true":  # where it is ours, if we have no other; elsewhere it may be for packages
        dropped.add("GITLAB_TOKEN")
    if os.environ.get("GITHUB_ACTIONS") == "true" and not os.environ.get("PROOFBOT_GITHUB_TOKEN"):
        dropped.add("GITHUB_TOKEN")  # which is ours then
    # A job may hold them under other names, too.
    tokens = {os.environ.get(name) for name in _TOKENS} - {"", os.environ.get(_FOR_CODE)}
    kept = {name: value for name, value in os.environ.items() if name not in dropped and value not in tokens}
    return kept | {"DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}


def _as_event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "info" in event else None


def _as_finished(side: Side, data: Mapping[str, Any]) -> NodeEvent | None:
    unique_id = (data.get("node_info") or {}).get("unique_id")
    if not unique_id or "index" not in data:
        return None
    return NodeEvent(
        side,
        str(unique_id),
        int(data["index"]),
        int(data.get("total") or data.get("num_models") or 0),
        str(data.get("status") or ""),
        float(data.get("execution_time") or 0.0),
    )


def _read_json(path: Path, absent: dict[str, Any] | None = None) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return absent


def _first_line(words: str) -> str:
    lines = (line.strip() for line in words.splitlines())
    return next((line for line in lines if line and line != "Encountered an error:"), "no word from dbt")
