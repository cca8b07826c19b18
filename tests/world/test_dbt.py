"""dbt as a program: which one, and what becomes of what it says. A script plays it; stories run the real one."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import pytest

from bot.domain import NodeResult, Side
from bot.errors import EnvironmentFailure, UsageError
from bot.world import dbt
from bot.world.dbt import Dbt, DbtFailed, NodeEvent, Toolchain
from bot.world.processes import Children
from bot.world.workspace import SideFolders

V1_8 = (
    "Core:\n  - installed: 1.8.9\n  - latest:    1.12.6 - Update available!\n\n"
    "Plugins:\n  - duckdb: 1.8.1 - Up to date!\n"
)
COLOURED = (
    "Core:\n  - installed: \x1b[32m1.11.16\x1b[0m\n\n  Your version of dbt-core is out of date!\n\n"
    "Plugins:\n  - duckdb:   \x1b[33m1.11.1\x1b[0m - Up to date!\n  - snowflake: 1.11.0b2 - Ahead of latest version!\n"
)


def _script(folder: Path, code: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dbt"
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(0o755)
    return path


def _saying(folder: Path, words: str) -> Path:
    return _script(folder, f"print({words!r})")


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a dbt may be put that the user names by PROOFBOT_DBT."""
    monkeypatch.setenv("PROOFBOT_DBT", str(tmp_path / "named" / "dbt"))
    return tmp_path / "named"


@pytest.mark.parametrize(
    ("words", "version", "adapters"),
    [(V1_8, "1.8.9", {"duckdb": "1.8.1"}), (COLOURED, "1.11.16", {"duckdb": "1.11.1", "snowflake": "1.11.0b2"})],
)
def test_a_named_dbt_is_asked_for_its_version(named: Path, words: str, version: str, adapters: dict[str, str]) -> None:
    """A dbt outside of proofbot's own environment could not be used."""
    path = _saying(named, words)
    found = dbt.find_toolchain()
    assert (found.command, found.version) == ((str(path),), version)
    assert {name: found.adapters[name] for name in adapters} == adapters


@pytest.mark.parametrize("version", ["1.7.0", "1.7.19", "0.21.1", "1.13.0", "1.13.0b1", "2.0.0", "2.0.0-preview.5"])
def test_other_versions_are_refused(named: Path, version: str) -> None:
    """Artifacts that proofbot cannot read would be misread."""
    _saying(named, f"Core:\n  - installed: {version}\n")
    with pytest.raises(EnvironmentFailure, match="is not supported") as caught:
        dbt.find_toolchain()
    assert version in str(caught.value)
    assert ">=1.8,<1.13" in caught.value.remedy


@pytest.mark.parametrize("version", ["1.8.0", "1.8.0rc1", "1.11.16", "1.12.0b3", "v1.9.2"])
def test_these_versions_will_do(named: Path, version: str) -> None:
    """A dbt that works would be refused."""
    _saying(named, f"Core:\n  - installed: {version}\n")
    assert dbt.find_toolchain().version == version.removeprefix("v")


@pytest.mark.parametrize("words", ["", "junk", "dbt Cloud CLI - 0.38.0 (abc)", "dbt 2.0.0-preview", "installed: soon"])
def test_what_names_no_version_is_refused(named: Path, words: str) -> None:
    """The dbt Cloud CLI, or another program called dbt, would be run on the project."""
    _saying(named, words)
    with pytest.raises(EnvironmentFailure, match="did not name a version") as caught:
        dbt.find_toolchain()
    assert "PROOFBOT_DBT" in caught.value.remedy


def test_a_named_dbt_that_is_not_there_is_a_failure_with_a_remedy(named: Path) -> None:
    """A mistyped PROOFBOT_DBT would be a crash, or another dbt be used."""
    assert not named.exists()
    with pytest.raises(EnvironmentFailure, match="--version` failed") as caught:
        dbt.find_toolchain()
    assert "PROOFBOT_DBT" in caught.value.remedy


def test_a_named_dbt_may_be_relative_or_just_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PROOFBOT_DBT=.venv/bin/dbt` would be found, and then fail in the folder of each twin."""
    path = _saying(tmp_path / "bin", V1_8)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROOFBOT_DBT", "bin/dbt")
    assert dbt.find_toolchain().command == (str(path),)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PROOFBOT_DBT", "dbt")
    assert dbt.find_toolchain().command == (str(path),)


def _elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Lets this Python have no dbt beside it, and the PATH hold one folder only."""
    monkeypatch.delenv("PROOFBOT_DBT", raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "no dbt here" / "python"))
    monkeypatch.setenv("PATH", str(folder))


def test_the_path_is_searched_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who installed proofbot by itself could not use the dbt that they have."""
    path = _saying(tmp_path / "bin", V1_8)
    _elsewhere(monkeypatch, tmp_path / "bin")
    assert dbt.find_toolchain().command == (str(path),)


def test_no_dbt_is_a_failure_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing dbt would be a crash."""
    _elsewhere(monkeypatch, tmp_path)
    with pytest.raises(EnvironmentFailure, match="dbt is not installed") as caught:
        dbt.find_toolchain()
    assert "pip install" in caught.value.remedy


def test_the_dbt_beside_proofbot_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another project's dbt that comes first on the PATH would build the twins."""
    _saying(tmp_path / "bin", V1_8)
    monkeypatch.delenv("PROOFBOT_DBT", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = dbt.find_toolchain()
    assert found.command == (str(Path(sys.executable).parent / "dbt"),)
    assert dbt.require_adapter(found, "duckdb") == found.adapters["duckdb"]


def test_a_missing_adapter_names_its_package() -> None:
    """The user would not learn what to install."""
    toolchain = Toolchain(("dbt",), "1.11.0", {"duckdb": "1.11.1"})
    with pytest.raises(EnvironmentFailure, match="'sql_server'") as caught:
        dbt.require_adapter(toolchain, "sql_server")
    assert "pip install dbt-sql-server" in caught.value.remedy
    assert "`dbt-adapter`" in caught.value.remedy


# --- what becomes of what dbt says ---------------------------------------------------------------------------------

# Plays a scene: prints lines, writes artifacts into its target folder, notes how it was called.
_ACTOR = """
import json, os, sys
from pathlib import Path
here = Path(__file__).parent
arguments = sys.argv[1:]
named = "--target-path" in arguments
target = Path(arguments[arguments.index("--target-path") + 1]) if named else None
scene = json.loads((here / "scene.json").read_text())
(here / "called.json").write_text(json.dumps([arguments, os.getcwd(), dict(os.environ)]))
for name, content in scene.get("artifacts", {}).items():
    (target / name).write_text(content)
for line in scene.get("lines", []):
    print(line)
print(scene.get("stderr", ""), file=sys.stderr)
sys.exit(scene.get("code", 0))
"""


class _Stage:
    """A stand-in for dbt, and the folders of a twin."""

    def __init__(self, folder: Path) -> None:
        self._script = _script(folder / "bin", _ACTOR)
        self.events: list[NodeEvent] = []
        self.folders = SideFolders(
            Side.HEAD,
            folder / "tree",
            folder / "tree" / "shop",
            folder / "profiles",
            folder / "target",
            folder / "logs",
        )
        self.folders.project.mkdir(parents=True)
        self.folders.target.mkdir()
        self.dbt = Dbt(
            Toolchain((str(self._script),), "1.11.0", {}),
            Children(),
            profile="shop",
            target="dev",
            variables="{day: 1}",
            on_event=self.events.append,
        )

    def play(self, **scene: object) -> None:
        """Tells what dbt will do when it is called."""
        self._script.with_name("scene.json").write_text(json.dumps(scene))

    def called(self) -> tuple[list[str], str, dict[str, str]]:
        """With what arguments, in which folder and environment dbt was called."""
        arguments, folder, environment = json.loads(self._script.with_name("called.json").read_text())
        return arguments, folder, environment


@pytest.fixture
def stage(tmp_path: Path) -> _Stage:
    """A stage without a scene."""
    return _Stage(tmp_path)


def _results(*results: dict[str, object]) -> dict[str, str]:
    return {"run_results.json": json.dumps({"results": list(results)})}


def _error(words: str) -> str:
    return json.dumps({"info": {"level": "error", "name": "MainEncounteredError", "msg": words}, "data": {}})


def test_each_side_has_its_own_folders(stage: _Stage) -> None:
    """The user's target folder, logs or profile would be used or overwritten."""
    stage.play(artifacts=_results())
    stage.dbt.build(stage.folders, ["fqn:shop.a", "fqn:shop.b"])
    arguments, folder, environment = stage.called()
    pairs = dict(itertools.pairwise(arguments))
    assert arguments[0] == "build"
    assert folder == str(stage.folders.project)
    assert pairs["--project-dir"] == str(stage.folders.project)
    assert pairs["--profiles-dir"] == str(stage.folders.profiles)
    assert pairs["--target-path"] == str(stage.folders.target)
    assert pairs["--log-path"] == str(stage.folders.logs)
    assert (pairs["--profile"], pairs["--target"], pairs["--vars"]) == ("shop", "dev", "{day: 1}")
    selected = arguments[arguments.index("--select") + 1 :]
    assert selected[:2] == ["fqn:shop.a", "fqn:shop.b"]
    assert selected[2].startswith("--")
    assert environment["DO_NOT_TRACK"] == "1"


def test_settings_of_the_callers_shell_do_not_steer_the_twins(stage: _Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """`DBT_FULL_REFRESH` or `DBT_TARGET_PATH` in a CI job would change what is built, or where."""
    for name in ("DBT_FULL_REFRESH", "DBT_DEFER", "DBT_TARGET_PATH", "DBT_WRITE_JSON", "DBT_ENGINE_FAIL_FAST"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("DBT_ENV_SECRET_TOKEN", "s3cret")
    stage.play(artifacts=_results())
    stage.dbt.test(stage.folders, ["fqn:x"])
    _, _, environment = stage.called()
    assert sorted(name for name in environment if name.startswith("DBT_")) == ["DBT_ENV_SECRET_TOKEN"]


def test_what_speaks_to_the_forge_is_kept_from_the_code(stage: _Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A macro of the request could post as the bot by `env_var`, or set the PATH of the steps that follow."""
    kept_from_it = {"PROOFBOT_GITHUB_TOKEN", "PROOFBOT_GITLAB_TOKEN", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT"}
    for name in (*kept_from_it, "GITHUB_REF"):
        monkeypatch.setenv(name, name)
    stage.play(artifacts=_results())
    stage.dbt.test(stage.folders, ["fqn:x"])
    _, _, environment = stage.called()
    assert {name for name in environment if name.startswith(("PROOFBOT_G", "GITHUB_"))} >= {"GITHUB_REF"}
    assert not kept_from_it & environment.keys()


@pytest.mark.parametrize("forge", ["GITHUB", "GITLAB"])
def test_the_token_is_kept_from_the_code_whatever_its_name(
    forge: str, stage: _Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that has GITHUB_TOKEN for another step would hand our token to every macro of the request."""
    monkeypatch.setenv(f"PROOFBOT_{forge}_TOKEN", "ghs_1")
    monkeypatch.setenv(f"{forge}_TOKEN", "ghs_1")
    monkeypatch.setenv("OTHER_TOKEN", "ghs_2")
    stage.play(artifacts=_results())
    stage.dbt.test(stage.folders, ["fqn:x"])
    _, _, environment = stage.called()
    assert {name for name in environment if name.endswith("_TOKEN")} == {"OTHER_TOKEN"}


def test_a_token_of_another_name_is_kept_from_the_code_and_that_of_the_job_is_not(
    stage: _Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where GITLAB_TOKEN is the bot's, a macro could write notes; without the job's own, packages could not be had."""
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-1")
    monkeypatch.setenv("CI_JOB_TOKEN", "glcbt-1")
    monkeypatch.setenv("PROOFBOT_GITLAB_TOKEN", "glcbt-1")  # somebody's way to say that there is no other
    stage.play(artifacts=_results())
    stage.dbt.test(stage.folders, ["fqn:x"])
    _, _, environment = stage.called()
    assert {name: value for name, value in environment.items() if name.endswith("_TOKEN")} == {
        "CI_JOB_TOKEN": "glcbt-1"
    }


@pytest.mark.parametrize(("own", "seen"), [("", []), ("ghs-2", ["GITHUB_TOKEN"])])
def test_the_token_of_a_job_on_github_is_kept_from_the_code_where_it_is_ours(
    own: str,
    seen: list[str],
    stage: _Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A macro of the request could comment and approve as the job; or packages of a private repository be lost."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs-1")
    monkeypatch.setenv("PROOFBOT_GITHUB_TOKEN", own)
    stage.play(artifacts=_results())
    stage.dbt.test(stage.folders, ["fqn:x"])
    _, _, environment = stage.called()
    assert [name for name in environment if name == "GITHUB_TOKEN"] == seen


def test_outside_of_gitlab_its_token_is_the_users(stage: _Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages from a private GitLab could not be had any more, at home or on GitHub."""
    monkeypatch.delenv("GITLAB_CI", raising=False)
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-1")
    stage.play(artifacts=_results())
    stage.dbt.test(stage.folders, ["fqn:x"])
    _, _, environment = stage.called()
    assert environment["GITLAB_TOKEN"] == "glpat-1"


def test_a_dbt_that_is_asked_for_its_version_sees_no_token(
    named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that the request lets the job install would see it, before anything is proven."""
    monkeypatch.setenv("PROOFBOT_GITHUB_TOKEN", "ghs_1")
    seen = tmp_path / "seen"
    _script(named, f"import os, pathlib\npathlib.Path({str(seen)!r}).write_text(str(os.environ))\nprint({V1_8!r})")
    dbt.find_toolchain()
    assert "ghs_1" not in seen.read_text(encoding="utf-8")


def test_results_are_told(stage: _Stage) -> None:
    """Failures of a build or test would not be seen."""
    place = f"{stage.folders.project}/models/b.sql"
    stage.play(
        code=1,
        artifacts=_results(
            {"unique_id": "model.shop.a", "status": "success", "execution_time": 0.5, "message": None},
            {"unique_id": "model.shop.b", "status": "error", "message": f"Runtime Error in {place}"},
            {"unique_id": "test.shop.t", "status": "fail", "failures": 3, "message": "Got 3 results"},
        ),
    )
    assert stage.dbt.test(stage.folders, ["fqn:x"]) == {
        "model.shop.a": NodeResult("model.shop.a", "success", "", 0.5, None),
        "model.shop.b": NodeResult("model.shop.b", "error", "Runtime Error in models/b.sql", 0.0, None),
        "test.shop.t": NodeResult("test.shop.t", "fail", "Got 3 results", 0.0, 3),
    }


@pytest.mark.parametrize(
    ("status", "words", "uid"),
    [
        ("success", "on-run-start failed, error: no such table", "operation.on-run-start"),
        ("error", "on-run-end failed, error: no such table", "operation.on-run-end"),
        ("success", "The database is gone", "operation.dbt"),
        ("error", "Database Error in model a", None),
    ],
)
def test_a_failure_in_words_only_is_a_result(stage: _Stage, status: str, words: str, uid: str | None) -> None:
    """dbt 1.8 keeps a failed hook out of its results: the gate would open although dbt said that it failed."""
    stage.play(code=1, lines=[_error(words)], artifacts=_results({"unique_id": "model.shop.a", "status": status}))
    told = stage.dbt.build(stage.folders, ["fqn:x"])
    expected = {uid: NodeResult(uid, "error", words)} if uid else {}
    assert {name: result for name, result in told.items() if name != "model.shop.a"} == expected


@pytest.mark.parametrize("code", [0, 1, 2, -9])
def test_an_end_without_results_is_a_failure(stage: _Stage, code: int) -> None:
    """dbt that dies would look like dbt with nothing to do."""
    end = f"import os; os.kill(os.getpid(), {-code})" if code < 0 else f"raise SystemExit({code})"
    _script(stage.folders.project.parents[1] / "bin", end)
    for ask in (stage.dbt.build, stage.dbt.test):
        with pytest.raises(DbtFailed) as caught:
            ask(stage.folders, ["fqn:x"])
        assert caught.value.words == f"dbt ended with {code} and without run_results.json"


def test_results_of_an_earlier_call_are_not_taken(stage: _Stage) -> None:
    """A dbt that fails at once would be told to have built what it built before."""
    stage.play(artifacts=_results({"unique_id": "model.shop.a", "status": "success"}))
    stage.dbt.build(stage.folders, ["fqn:x"])
    stage.play(code=2, lines=[_error("Database is gone")])
    with pytest.raises(DbtFailed) as caught:
        stage.dbt.build(stage.folders, ["fqn:x"])
    assert (caught.value.side, caught.value.command, caught.value.words) == (Side.HEAD, "build", "Database is gone")


def test_a_manifest_is_read(stage: _Stage) -> None:
    """No project could be compared."""
    stage.play(artifacts={"manifest.json": '{"nodes": {"ü": 1}}'})
    assert stage.dbt.parse(stage.folders) == {"nodes": {"ü": 1}}
    assert "--write-json" in stage.called()[0]  # a project may have turned it off


def test_what_does_not_parse_is_told_in_dbts_words(stage: _Stage) -> None:
    """The comment could not say where the head is broken."""
    place = f"{stage.folders.project}/models/a.sql"
    stage.play(code=2, lines=[_error(f"\x1b[31mCompilation Error\x1b[0m in {place}"), "", _error("line 3")])
    with pytest.raises(DbtFailed) as caught:
        stage.dbt.parse(stage.folders)
    assert caught.value.words == "Compilation Error in models/a.sql\nline 3"


def test_words_outside_of_the_log_are_told_too(stage: _Stage) -> None:
    """A dbt that fails before it can log would fail without a word."""
    stage.play(code=2, lines=["Usage: dbt [OPTIONS]", '{"not": "an event"}', "{broken"], stderr="Error: no such option")
    with pytest.raises(DbtFailed) as caught:
        stage.dbt.parse(stage.folders)
    assert caught.value.words == 'Usage: dbt [OPTIONS]\n{"not": "an event"}\n{broken\nError: no such option'


def test_a_missing_variable_of_the_project_is_named(stage: _Stage) -> None:
    """The user would take a setting of their shell for a defect of the head."""
    stage.play(code=2, lines=[_error("Parsing Error\n  Env var required but not provided: 'REGION'")])
    with pytest.raises(UsageError, match="needs the environment variable REGION") as caught:
        stage.dbt.parse(stage.folders)
    assert "Set REGION" in caught.value.remedy


def test_packages_that_cannot_be_had_are_a_failure_with_a_remedy(stage: _Stage) -> None:
    """Without the network the user would not learn that installed packages will do."""
    stage.play(code=1, lines=[_error("Encountered an error:\nCould not reach the hub\nmore")])
    with pytest.raises(EnvironmentFailure, match=r"failed for head: Could not reach the hub$") as caught:
        stage.dbt.install_packages(stage.folders)
    assert "dbt deps" in caught.value.remedy
    arguments = stage.called()[0]
    assert arguments[0] == "deps"
    assert "--target-path" not in arguments  # `dbt deps` does not know it


def test_only_what_compiled_is_compiled(stage: _Stage) -> None:
    """Two models that do not compile would be taken for the same SQL."""
    stage.play(
        code=1,
        artifacts=_results(
            {"unique_id": "model.shop.a", "status": "success", "compiled_code": "select 1"},
            {"unique_id": "model.shop.b", "status": "error", "compiled_code": "select"},
            {"unique_id": "model.shop.c", "status": "success", "compiled_code": None},
            {"unique_id": "model.shop.d", "status": "success"},
        ),
    )
    assert stage.dbt.compile(stage.folders, ["fqn:x"]) == {"model.shop.a": "select 1"}
    stage.play(code=2)
    assert stage.dbt.compile(stage.folders, ["fqn:x"]) == {}


def test_finished_nodes_are_told_as_they_finish(stage: _Stage) -> None:
    """A long build would show no progress, or count what is no node."""
    node = {"node_info": {"unique_id": "model.shop.a"}, "index": 2, "total": 9, "status": "OK", "execution_time": 1.5}
    hook = {"node_info": {}, "index": 1, "total": 1, "status": "OK"}
    begun = {"node_info": {"unique_id": "model.shop.b"}, "index": 3, "total": 9}
    lines = [
        json.dumps({"info": {"level": "info", "name": name, "msg": ""}, "data": data})
        for name, data in (
            ("LogModelResult", node),
            ("LogHookEndLine", hook),
            ("LogStartLine", begun),
            ("X", None or {}),
        )
    ]
    stage.play(lines=lines, artifacts=_results())
    stage.dbt.build(stage.folders, ["fqn:x"])
    assert stage.events == [NodeEvent(Side.HEAD, "model.shop.a", 2, 9, "OK", 1.5)]
    assert stage.dbt.invocations == 1


# --- seeds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "head", "changed"),
    [
        (b"", b"", False),
        (b"a,b\n1,2\n", b"a,b\n1,2\n", False),
        (b"a,b\n1,2\n", b"a,b\n1,3\n", True),
        (b"a\n1\n", b"a\n1\n2\n", True),
        (b"x" * (3 << 20), b"x" * (3 << 20), False),
        (b"x" * (3 << 20), b"x" * ((3 << 20) - 1) + b"y", True),
        (b"x" * (2 << 20), b"x" * (3 << 20), True),
        (None, b"a", True),
        (b"a", None, True),
        (None, None, True),
    ],
)
def test_a_changed_seed_is_seen(tmp_path: Path, base: bytes | None, head: bytes | None, changed: bool) -> None:  # noqa: FBT001
    """A change deep inside of a large seed, of which dbt sees the name only, would pass for no change."""
    for name, content in (("base", base), ("head", head)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    assert dbt.differ(tmp_path / "base", tmp_path / "head") is changed


def test_a_seed_that_cannot_be_read_counts_as_changed(tmp_path: Path) -> None:
    """A seed nobody could compare would pass for unchanged."""
    (tmp_path / "base").mkdir()
    (tmp_path / "head").mkdir()
    assert dbt.differ(tmp_path / "base", tmp_path / "head") is True
