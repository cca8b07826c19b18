"""Bad input gets a clear error with its remedy, an exit code, and leaves nothing behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories import repositories
from tests.stories.repositories import PROFILES, PROJECT, Ran, commit, git, request, start, write

pytestmark = [pytest.mark.story, pytest.mark.once, pytest.mark.usefixtures("kept")]

MODELS = {"models/a.sql": "select 1 as id", "models/b.sql": "select * from {{ ref('a') }}"}
CHANGE: dict[str, str | None] = {"models/a.sql": "select 2 as id"}


def _prove(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> Ran:
    return repositories.prove(folder, *arguments, out=folder.parent / "out", environment=environment)


def _assert_refused(ran: Ran, code: int, *words: str) -> None:
    """The exit code, the words in the message, and that nothing is left of the run."""
    assert ran.code == code, ran.log
    flat = " ".join(ran.log.split())
    for word in words:
        assert word in flat
    assert "Traceback" not in ran.log
    runs = Path(os.environ["PROOFBOT_CACHE_DIR"]) / "runs"
    assert not runs.exists() or not list(runs.iterdir())


def test_no_repository(tmp_path: Path) -> None:
    """A user in the wrong folder would get a stack trace instead of a hint."""
    _assert_refused(_prove(tmp_path), 2, "not in a git repository", "--project-dir")


def test_no_project(tmp_path: Path) -> None:
    """A user would not learn that the repository holds no dbt project."""
    shop = start(tmp_path / "shop", {})
    write(shop, {"dbt_project.yml": None})
    commit(shop, "Without")
    _assert_refused(_prove(shop), 2, "no dbt project")


def test_several_projects(tmp_path: Path) -> None:
    """A user of a monorepo would have the wrong project proven."""
    shop = start(tmp_path / "shop", {"one/dbt_project.yml": PROJECT, "two/dbt_project.yml": PROJECT})
    write(shop, {"dbt_project.yml": None})
    commit(shop, "Two of them")
    _assert_refused(_prove(shop), 2, "2 dbt projects", "one, two", "--project-dir")


def test_unknown_revision(tmp_path: Path) -> None:
    """A user who mistypes a branch would compare with something else."""
    _assert_refused(_prove(start(tmp_path / "shop", MODELS), "--base", "mian"), 2, "'mian' does not exist", "git fetch")


def test_shallow_clone(tmp_path: Path) -> None:
    """A CI job with the default shallow checkout would compare with the wrong commit, or die without a hint."""
    shop = start(tmp_path / "shop", MODELS)
    request(shop, CHANGE)
    git(shop, "switch", "-q", "main")
    write(shop, {"models/c.sql": "select 3 as id"})
    commit(shop, "Main moves on")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{shop}", str(clone))
    git(clone, "checkout", "-q", "origin/request")
    _assert_refused(_prove(clone, "--base", "origin/main"), 3, "shallow", "fetch-depth: 0")


def test_no_merge_base(tmp_path: Path) -> None:
    """A user would get a comparison of two unrelated histories."""
    shop = start(tmp_path / "shop", MODELS)
    git(shop, "switch", "-q", "--orphan", "island")
    write(shop, {"dbt_project.yml": PROJECT})
    commit(shop, "Alone")
    _assert_refused(_prove(shop), 2, "no commit in common", "--base")


def test_uncommitted_changes(tmp_path: Path) -> None:
    """A user would believe that a change was proven which was not looked at."""
    shop = start(tmp_path / "shop", MODELS)
    write(shop, {"models/a.sql": "select 5 as id", "models/new.sql": "select 1 as id"})
    _assert_refused(_prove(shop), 2, "models/a.sql", "models/new.sql", "--working-tree", "--head HEAD")


def test_uncommitted_files_that_the_call_names_are_not_left_out(tmp_path: Path) -> None:
    """A user could not try a configuration or a declaration before it is committed, as the pages say."""
    shop = start(tmp_path / "shop", MODELS)
    write(shop, {".proofbot.yml": "policy: strictt\n", "expect.yml": "a: unchanged\n"})
    arguments = ("--config", str(shop / ".proofbot.yml"), "--expect", str(shop / "expect.yml"))
    _assert_refused(_prove(shop, *arguments), 2, "strictt", "did you mean `strict`?")


def test_dbt_missing(tmp_path: Path) -> None:
    """A user without dbt would not learn what to install."""
    shop = start(tmp_path / "shop", MODELS)
    _assert_refused(_prove(shop, environment={"PROOFBOT_DBT": "/nowhere/dbt"}), 3, "/nowhere/dbt", "PROOFBOT_DBT")


def test_dbt_too_old(tmp_path: Path) -> None:
    """A user of an old dbt would get wrong results from artifacts that are read wrongly."""
    shop = start(tmp_path / "shop", MODELS)
    fake = tmp_path / "dbt"
    fake.write_text("#!/bin/sh\necho 'Core:'\necho '  - installed: 1.5.2'\n", encoding="utf-8")
    fake.chmod(0o755)
    _assert_refused(_prove(shop, environment={"PROOFBOT_DBT": str(fake)}), 3, "1.5.2 is not supported", "pip install")


@pytest.mark.parametrize(
    ("profiles", "arguments", "code", "words"),
    [
        (PROFILES.replace("duckdb", "exasol"), (), 2, ("'exasol'", "this version does not know", "--target")),
        (
            PROFILES.replace("shop:", "ship:") + PROFILES.replace("shop:", "shed:"),
            (),
            2,
            ("'shop'", "ship, shed", "--profile"),
        ),
        (PROFILES, ("--target", "prod"), 2, ("no target 'prod'", "dev", "--target")),
        (PROFILES.replace("shop.duckdb", "\"{{ env_var('SHOP_DB') }}\""), (), 2, ("SHOP_DB", "profiles.yml", "path")),
        (PROFILES.replace("shop.duckdb", "md:shop"), (), 2, ("md:shop", "--target")),
        (PROFILES.replace("  target", "\ttarget"), (), 2, ("not valid YAML", "line 2")),
    ],
)
def test_profile(tmp_path: Path, profiles: str, arguments: tuple[str, ...], code: int, words: tuple[str, ...]) -> None:
    """A user with a wrong profile would search for the mistake in the wrong place."""
    shop = start(tmp_path / "shop", {**MODELS, "profiles.yml": profiles})
    _assert_refused(_prove(shop, *arguments), code, *words)


def test_environment_variable_of_the_project(tmp_path: Path) -> None:
    """A user would see a parsing failure blamed on the request where a variable of the job is missing."""
    shop = start(tmp_path / "shop", {"models/a.sql": "select '{{ env_var(\"SHOP_NAME\") }}' as name"})
    _assert_refused(_prove(shop), 2, "SHOP_NAME", "Set SHOP_NAME")


def test_bad_key(tmp_path: Path) -> None:
    """A user who misspells the declaration of a key would get a comparison without it."""
    shop = start(tmp_path / "shop", MODELS)
    schema = "models:\n  - name: a\n    config: {meta: {proofbot: {key: {id: true}}}}\n"
    request(shop, {**CHANGE, "models/schema.yml": schema})
    _assert_refused(_prove(shop), 2, "meta.proofbot.key", "a.sql")


def test_locked_database(tmp_path: Path) -> None:
    """A user with the database open elsewhere would get a torn copy, or a riddle."""
    shop = start(tmp_path / "shop", MODELS)
    request(shop, CHANGE)
    holder = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t(i int)'); "
        "print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(shop / "shop.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        ran = _prove(shop)
        process.kill()
    _assert_refused(ran, 3, "shop.duckdb", "Close the other program")


def test_packages_out_of_reach(tmp_path: Path) -> None:
    """A user behind a firewall would not learn that installed packages are taken from the checkout."""
    shop = start(tmp_path / "shop", {**MODELS, "packages.yml": "packages:\n  - local: ../nowhere\n"})
    _assert_refused(_prove(shop), 3, "dbt deps", "checkout")


def test_stray_relation(tmp_path: Path) -> None:
    """A user would have production overwritten by a bot."""
    other = tmp_path / "prod.duckdb"
    profiles = PROFILES + f"      attach: [{{path: {other}, alias: prod}}]\n"
    shop = start(tmp_path / "shop", {**MODELS, "profiles.yml": profiles})
    request(shop, {"models/a.sql": "{{ config(database='prod') }} select 2 as id"})
    _assert_refused(_prove(shop), 2, "model.shop.a", "'prod'")
    assert not other.exists()


def test_full_disk(tmp_path: Path) -> None:
    """A user would get half a copy compared, or a stack trace."""
    import duckdb

    shop = start(tmp_path / "shop", MODELS)
    request(shop, CHANGE)
    with duckdb.connect(str(shop / "shop.duckdb")) as connection:
        connection.execute("create table raw as select range as i, md5(range::varchar) as word from range(200000)")
    limit: Callable[[], None] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))  # noqa: E731
    done = subprocess.run(
        repositories.cold("run"),
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
        timeout=200,
    )
    _assert_refused(
        Ran(done.returncode, done.stdout, done.stderr, {}, ""), 3, "could not be written", "PROOFBOT_CACHE_DIR"
    )


@pytest.mark.parametrize(("number", "at_base"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, True)])
def test_stopped_in_the_middle(tmp_path: Path, number: signal.Signals, *, at_base: bool) -> None:
    """A user who cancels a job would leave processes and gigabytes behind."""
    shop = start(tmp_path / "shop", {**MODELS, "models/slow.py": _SLOW if at_base else _QUICK})
    request(shop, {"models/slow.py": _QUICK if at_base else _SLOW})
    marker = tmp_path / "building"
    process = subprocess.Popen(
        repositories.cold("run"),
        cwd=shop,
        env={**os.environ, "SLOW_MARKER": str(marker)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # which `nohup make test` ignores
    )
    deadline = time.monotonic() + 120
    while not marker.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.1)
    assert marker.exists(), process.communicate()[1]
    process.send_signal(number)
    page, log = process.communicate(timeout=60)
    _assert_refused(Ran(process.returncode, page, log, {}, ""), 3, "stopped by", "Start it again")
    builder = int(marker.read_text(encoding="utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(builder, 0)


_SLOW = """def model(dbt, session):
    import os, pathlib, time
    pathlib.Path(os.environ['SLOW_MARKER']).write_text(str(os.getpid()))
    time.sleep(300)
    return session.sql('select 1 as id')
"""
_QUICK = """def model(dbt, session):
    return session.sql('select 1 as id')
"""
