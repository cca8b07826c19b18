"""Tests of bot/world/examining/duckdb.py on real files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bot.domain import Diagnosis, Health, RelationName
from bot.world.examining.duckdb import DuckDbCase, examine

_ORDERS = RelationName("shop", "raw", "orders")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database with a table."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw; create table raw.orders as select 1 as id")
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder of ours."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def _told(case: DuckDbCase) -> dict[str, Diagnosis]:
    return {one.what: one for one in examine(case)}


def test_a_database_that_is_well(source: Path, scratch: Path) -> None:
    """Somebody with nothing to mend would be sent looking, or find files of ours."""
    before = source.read_bytes()
    told = _told(DuckDbCase(source, scratch, scratch, attached={"more": source}, sources=[_ORDERS]))
    assert {one.health for one in told.values()} == {Health.WELL}
    assert {"DuckDB", "database", "sources", "attached more", "building"} == set(told)
    assert source.read_bytes() == before
    assert list(scratch.iterdir()) == []


def test_a_database_that_another_program_writes_to(source: Path, scratch: Path) -> None:
    """Somebody with a notebook open would think that proofbot is broken."""
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(source)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        told = _told(DuckDbCase(source, scratch, scratch))
        other.communicate()
    assert told["database"].health is Health.ILL
    assert "Close the other program" in told["database"].remedy


def test_a_file_that_is_no_database(scratch: Path, tmp_path: Path) -> None:
    """A pointer of git-lfs in place of the file would be told by the first build only."""
    file = tmp_path / "shop.duckdb"
    file.write_text("version https://git-lfs.github.com/spec/v1\n")
    told = _told(DuckDbCase(file, scratch, scratch, attached={"gone": tmp_path / "gone.duckdb"}))
    assert (told["database"].health, told["attached gone"].health) == (Health.ILL, Health.ILL)
    assert "DuckDB file" in told["database"].remedy
    assert "--target" in told["attached gone"].remedy


def test_what_is_not_there_yet(source: Path, scratch: Path, tmp_path: Path) -> None:
    """Somebody would not learn why models that read sources fail, or take an empty start for a fault."""
    lacking = _told(DuckDbCase(source, scratch, scratch, sources=[_ORDERS, RelationName(None, "raw", "customers")]))
    assert (lacking["sources"].health, "raw.customers" in lacking["sources"].words) == (Health.ADVICE, True)
    assert "raw.orders" not in lacking["sources"].words
    absent = _told(DuckDbCase(tmp_path / "none.duckdb", scratch, scratch))
    assert (absent["database"].health, "--target" in absent["database"].remedy) == (Health.ADVICE, True)
    assert _told(DuckDbCase(None, scratch, scratch))["database"].health is Health.WELL


def test_an_extension_that_is_not_installed(scratch: Path) -> None:
    """A runner without a network would end a job with it."""
    told = _told(DuckDbCase(None, scratch, scratch, extensions=["no_such_extension"]))["extension no_such_extension"]
    assert told.health is Health.ADVICE
    assert "install no_such_extension" in told.remedy


def test_a_disk_that_is_almost_full(
    source: Path, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large database would fill the disk in the middle of a run. What counts is the disk that copies go to."""
    asked = []

    def usage(folder: Path) -> tuple[int, int, int]:
        asked.append(folder)
        return shutil._ntuple_diskusage(100, 99, 1)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    told = _told(DuckDbCase(source, scratch, tmp_path / "not" / "there" / "yet"))["room for copies"]
    assert (told.health, "PROOFBOT_CACHE_DIR" in told.remedy) == (Health.ADVICE, True)
    assert asked == [tmp_path]
