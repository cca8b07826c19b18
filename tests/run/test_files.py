"""Tests of bot/run/files.py, and of who leaves these files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from rich.console import Console

from bot.domain import Happening, Occasion, Place, Problem, PullRequest, Report, Revision, RunId, Whereabouts
from bot.errors import EnvironmentFailure, UsageError
from bot.run import files, local
from bot.run.proving import Case, Job, prove
from bot.run.publishing import Desk
from tests.render.reports import problem, shop
from tests.run.memory import NUMBER, Hub, MemoryForge
from tests.run.test_ci import request

ALL = {"comment.md", "report.html", "report.json", "junit.xml", "codequality.json"}
_SECRET = 'a<b&"c\\d'
_HEAD, _BASE = "a" * 40, "b" * 40
_CONSOLE = Console(quiet=True)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _end(folder: Path) -> str:
    """What the only case of junit.xml ends as."""
    [case] = fromstring((folder / "junit.xml").read_bytes()).iter("testcase")
    return case[0].tag


@pytest.mark.parametrize("report", [shop(), problem()])
def test_all_files_are_written(report: Report, tmp_path: Path) -> None:
    """A job that lists a file among its reports would fail where the run could not compare anything."""
    files.write(report, tmp_path, Whereabouts())
    assert _names(tmp_path) == ALL - {"report.json"}
    assert fromstring((tmp_path / "junit.xml").read_bytes()).tag == "testsuites"
    assert isinstance(json.loads((tmp_path / "codequality.json").read_text()), list)
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "comment.md").read_text().startswith("### ❌")


def test_no_secret_stands_in_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that dbt prints would stand in an artifact, in the spelling of HTML, of XML or of JSON."""
    monkeypatch.setenv("LAKE_PASSWORD", _SECRET)
    words = f"cannot connect with {_SECRET} to the lake"
    models = tuple(
        replace(one, reason=words, findings=tuple(replace(finding, message=words) for finding in one.findings))
        for one in shop().models
    )
    report = replace(shop(), models=models, notices=(words,), problem=Problem(words, words, words), headline=words)
    files.write(report, tmp_path, Whereabouts())
    for name in _names(tmp_path):
        text = (tmp_path / name).read_text()
        assert "connect with" in text, name
        for spelt in (_SECRET, "a<b", "a&lt;b", "b&amp;", "c\\d", "c\\\\d"):
            assert spelt not in text, name


def test_an_error_before_the_report_is_a_report() -> None:
    """A run that died would leave files that say nothing of it."""
    error = EnvironmentFailure("dbt is missing", where="the PATH", remedy="Install it.")
    report = files.unproven(Revision("", "main"), Revision(_HEAD, "prices"), error)
    assert report.problem == Problem("dbt is missing", "dbt is missing (the PATH)", "Install it.")
    assert report.headline == "gate closed: could not run: dbt is missing"


def test_a_job_of_a_forge_leaves_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab would show no tests and no remarks just where a run has failed."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "kept"))
    place = Place(
        "https://forge.example", "https://api.forge.example", "acme/shop", RunId(9), "https://forge.example/9"
    )
    hub = Hub(PullRequest(NUMBER, _HEAD, "prices", "acme/shop", _BASE, "main"))
    log: list[str] = []
    desk = Desk(MemoryForge(hub), "shop", place, log.append)
    occasion = Occasion(Happening.REQUEST, place, "pull_request.opened")
    job = Job(occasion, replace(request(tmp_path), out=tmp_path / "out"), desk, desk, {})
    with pytest.raises(UsageError):
        prove(job, Case(_HEAD, "prices", _BASE, "main", NUMBER), _CONSOLE, _CONSOLE)
    assert _names(tmp_path / "out") == ALL
    assert _end(tmp_path / "out") == "error"


def test_a_local_run_leaves_all_files_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of Jenkins would end red with the results of the build before, or with none."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "kept"))
    wanted = replace(request(tmp_path), out=tmp_path / "out")
    with pytest.raises(UsageError):
        local.run(wanted, _CONSOLE, _CONSOLE)
    assert _names(tmp_path / "out") == ALL
    assert _end(tmp_path / "out") == "error"
    assert "not in a git repository" in (tmp_path / "out" / "comment.md").read_text()


def test_a_local_run_without_a_folder_leaves_nothing_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files would gather in a folder that nobody knows of."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "kept"))
    with pytest.raises(UsageError):
        local.run(request(tmp_path), _CONSOLE, _CONSOLE)
    assert not (tmp_path / "kept" / "reports").exists()
