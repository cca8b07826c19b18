"""The real Dockerfile, built, and proofbot run in it. `make test-image`: needs root, buildah, mmdebstrap and a network.

pytest does not collect it by itself, because of its name: not every machine has these tools, and no test is skipped.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.make_project import make
from tests.image.instructions import DOCKERFILE, ROOT, defaults, read
from tests.image.workshop import BASE, Image, build, check_the_tools, make_base, megabytes, remove, started
from tests.stories.repositories import request as request_change
from tests.stories.repositories import start

_TAG, _SLIM, _OWN, _TWO = (f"localhost/proofbot:tested{end}" for end in ("", "-slim", "-own", "-two"))
_STRANGER = "23456:23456"
_VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
_MAY_WRITE = {"/home/proofbot", "/run/lock", "/tmp", "/var/lock", "/var/tmp"}
# A good third of it is the local base. The real one is smaller.
_MOST_MEGABYTES = 700
_WITHOUT_BYTECODE = """
import importlib.util, os, sys
import bot.cli.ci, bot.cli.local, bot.run, dbt.cli.main, duckdb
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
paths = [file for file in files if file.endswith(".py")]
print([path for path in paths if not os.path.exists(importlib.util.cache_from_source(path))], len(paths) > 500)
"""
_QUICK = "def model(dbt, session):\n    return session.sql('select 1 as id')\n"
_SLOW = """def model(dbt, session):
    import pathlib, time
    pathlib.Path('/tmp/building').touch()
    time.sleep(300)
    return session.sql('select 1 as id')
"""
Say = Callable[[str], None]


@pytest.fixture(scope="module")
def say(request: pytest.FixtureRequest) -> Say:
    """Prints a line that is seen also where the tests pass."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def print_it(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{text}\n")

    return print_it


@pytest.fixture(scope="module", autouse=True)
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The local base. It stays for the next time; what is built on it goes."""
    check_the_tools()
    make_base(tmp_path_factory.mktemp("base"))
    yield
    remove(_OWN, _SLIM, _TWO, _TAG)


@pytest.fixture(scope="module")
def image(say: Say) -> Iterator[Image]:
    """The image as the Dockerfile makes it if nobody says anything but the base."""
    seconds = build(_TAG, DOCKERFILE, BASE_IMAGE=BASE)
    adapters = defaults(read(DOCKERFILE.read_text(encoding="utf-8")))["ADAPTERS"]
    say(f"with {adapters}: {megabytes(_TAG):.0f} MB, built in {seconds:.0f} s")
    with started(_TAG) as container:
        yield container


@pytest.fixture(scope="module")
def slim(say: Say) -> Iterator[Image]:
    """The image without dbt."""
    seconds = build(_SLIM, DOCKERFILE, BASE_IMAGE=BASE, ADAPTERS="")
    say(f"slim: {megabytes(_SLIM):.0f} MB, built in {seconds:.0f} s")
    with started(_SLIM) as container:
        yield container


def test_it_starts_as_nobody_special(image: Image) -> None:
    """Else the image would not start on a cluster that refuses root."""
    ran = image.script("id -u; id -un; pwd; proofbot --version")
    assert ran.said.splitlines() == ["10001", "proofbot", "/work", f"proofbot, version {_VERSION}"]
    assert ran.code == 0


def test_it_is_told_as_it_is_meant(image: Image) -> None:
    """Else GitLab could start no shell in it, and Docker would not see that it is broken."""
    told = image.told()
    assert (told["Entrypoint"], told["Cmd"], told["User"]) == ([], ["proofbot", "--help"], "10001:10001")
    assert "'proofbot', '--version'" in str(told["Healthcheck"])
    assert "org.opencontainers.image.licenses" in str(told["Labels"])


def test_nothing_of_the_build_stays(image: Image) -> None:
    """Else a token of a package index, or a compiler, would be handed out with the image."""
    places = "/etc/pip.conf /tools /src /wheels /adapters* /var/lib/apt/lists/*_* /root/.cache /home/proofbot/.cache"
    ran = image.script(
        f"for place in {places}; do test -e $place && echo $place; done; command -v cc gcc make;"
        "find / -xdev -name .git 2>/dev/null; true",
        user="0",
    )
    assert ran.said == ""
    assert "PIP" not in str(image.told()["Env"])


@pytest.mark.parametrize("user", ["10001:10001", _STRANGER])
def test_only_scratch_can_be_written(image: Image, user: str) -> None:
    """Else dbt code of a request could change the proofbot, or the git, that judges it."""
    kinds = "\\( -type d -o -type f \\)"
    ran = image.script(f"find / -xdev -path /proc -prune -o {kinds} -writable -print -prune 2>/dev/null; true", user)
    found = set(ran.said.splitlines())
    assert found <= _MAY_WRITE
    assert {"/home/proofbot", "/tmp"} <= found


def test_every_module_has_its_bytecode(image: Image) -> None:
    """Else each start of proofbot and of dbt would compile them again, because nobody there may write them."""
    assert image.run("/opt/proofbot/bin/python", "-c", _WITHOUT_BYTECODE).said.strip() == "[] True"


def test_the_demo(image: Image) -> None:
    """Else the image would hold a proofbot that can't prove anything."""
    ran = image.run("python", "-m", "demo", mounts={ROOT / "demo": "/work/demo:ro"})
    assert ran.code == 0, ran.said
    assert "Exit code 1: the gate is closed by a finding" in ran.said


def test_any_uid_and_a_checkout_of_root(image: Image, tmp_path: Path) -> None:
    """Else OpenShift, `docker run --user`, and runners that check out as root could not use it, or it would litter."""
    shop = make(tmp_path / "shop").folder
    before = _files(shop)
    # Two users of one test share the container's home, as users of an image never do.
    mounts = {shop: "/work"}
    ran = image.run("env", "HOME=/tmp/x", "proofbot", "run", "--out", "/tmp/proof", user=_STRANGER, mounts=mounts)
    assert ran.code == 1, ran.said
    assert "Gate closed" in ran.said
    assert json.loads(image.run("cat", "/tmp/proof/report.json", user=_STRANGER).said)["models"]
    assert _files(shop) == before


def _files(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_cancelled_job_ends_orderly(image: Image, tmp_path: Path) -> None:
    """Else a cancelled job would be killed when its time is up, and leave its status pending."""
    shop = start(tmp_path / "shop", {"models/slow.py": _QUICK})
    request_change(shop, {"models/slow.py": _SLOW})
    marker = image.folder / "tmp" / "building"
    with image.first_process("proofbot run", shop) as first:
        first.wait_until(marker.exists)
        ran = first.terminate()
    assert ran.code == 3, ran.said
    assert "stopped by SIGTERM" in ran.said
    runs = image.folder / "home" / "proofbot" / ".cache" / "proofbot" / "runs"
    assert list(runs.iterdir()) == []


@pytest.mark.usefixtures("image")
def test_it_is_no_larger_than_it_was() -> None:
    """Else each job of a user would wait for hundreds of megabytes that nobody needs."""
    assert megabytes(_TAG) < _MOST_MEGABYTES


def test_slim_has_no_dbt_and_says_so(slim: Image, tmp_path: Path) -> None:
    """Else a user who forgot the adapter would get a stack trace."""
    shop = make(tmp_path / "shop").folder
    ran = slim.run("proofbot", "run", mounts={shop: "/work"})
    assert (ran.code, "dbt is not installed" in ran.said) == (3, True), ran.said
    assert slim.run("proofbot", "--version").said.strip() == f"proofbot, version {_VERSION}"


@pytest.mark.usefixtures("slim")
def test_an_image_of_ones_own(tmp_path: Path) -> None:
    """Else the Dockerfile of docs/image.md would not work, and who has an older dbt could not use the image."""
    page = (ROOT / "docs" / "image.md").read_text(encoding="utf-8")
    file = tmp_path / "Dockerfile"
    file.write_text(page.split("```dockerfile\n")[1].split("```")[0])
    build(_OWN, file, tmp_path, PROOFBOT=_SLIM)
    shop = start(tmp_path / "shop", {"models/a.sql": "select 1 as id"})
    request_change(shop, {"models/a.sql": "select 2 as id"})
    with started(_OWN) as own:
        assert own.script("id -u").said == "10001\n"
        ran = own.run("proofbot", "run", mounts={shop: "/work"})
    assert (ran.code, "dbt 1.9" in ran.said) == (1, True), ran.said


def test_several_adapters(say: Say) -> None:
    """Else who has a warehouse could not build an image: an adapter may want other versions than those that we pin."""
    seconds = build(_TWO, DOCKERFILE, BASE_IMAGE=BASE, ADAPTERS="dbt-snowflake dbt-postgres")
    say(f"with dbt-snowflake and dbt-postgres: {megabytes(_TWO):.0f} MB, built in {seconds:.0f} s")
    with started(_TWO) as two:
        told = two.run("dbt", "--version").said
    assert all(f"- {name}: " in told for name in ("snowflake", "postgres")), told
